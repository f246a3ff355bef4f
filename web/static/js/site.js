'use strict';
document.addEventListener('click', function (event) {
  var card = event.target.closest('.card');
  if (!card || event.defaultPrevented || event.button !== 0 || event.target.closest('a, button, input, label, summary')) {
    return;
  }
  if (String(window.getSelection()) !== '') {
    return;
  }
  var link = card.querySelector('.card-title a');
  if (!link) {
    return;
  }
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    window.open(link.href);
  } else {
    link.click();
  }
});
document.querySelectorAll('[data-copy]').forEach(function (button) {
  if (!navigator.clipboard) {
    return;
  }
  button.hidden = false;
  button.addEventListener('click', function () {
    navigator.clipboard.writeText(button.dataset.copy).then(function () {
      button.textContent = button.dataset.copied;
    });
  });
});
(function () {
  var warning = document.querySelector('[data-session]');
  if (!warning) {
    return;
  }
  var band = warning.firstElementChild;
  var words = band.querySelector('p');
  var button = band.querySelector('button');
  var soon = words.textContent;
  var state = 'calm';
  var before = null;
  var end = Date.now() + 1000 * warning.dataset.endsIn;
  function become(next) {
    if (state === next) {
      return;
    }
    if (state === 'calm') {
      before = document.activeElement;
    }
    state = next;
    words.textContent = next === 'over' ? warning.dataset.over : soon;
    band.hidden = next === 'calm';
    if (button) {
      button.hidden = next === 'over';
    }
  }
  function look() {
    var left = end - Date.now();
    become(left <= 0 ? 'over' : left <= 120000 ? 'soon' : 'calm');
  }
  if (button) {
    button.addEventListener('click', function () {
      fetch(warning.dataset.session, {cache: 'no-store'}).then(function (answer) {
        return answer.json();
      }).then(function (session) {
        end = Date.now() + 1000 * session.ends_in;
        document.querySelector('.session-end').hidden = true;
        look();
        if (state === 'calm') {
          state = 'told';
          words.textContent = warning.dataset.extended;
          band.hidden = false;
          button.hidden = true;
          if (!before || before === document.body) {
            before = document.getElementById('main');
          }
          before.focus({preventScroll: true});
        }
      });
    });
  }
  look();
  setInterval(look, 10000);
  document.addEventListener('visibilitychange', look);
})();
document.documentElement.classList.add('scripted');
