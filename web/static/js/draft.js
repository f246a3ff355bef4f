'use strict';
document.querySelectorAll('form[data-draft]').forEach(function (form) {
  var status = form.querySelector('[data-draft-status]');
  var timer = 0;
  var busy = false;
  var dirty = false;
  var stopped = false;
  function save() {
    clearTimeout(timer);
    if (!dirty || busy || stopped) {
      return;
    }
    busy = true;
    dirty = false;
    var body = new URLSearchParams(new FormData(form));
    body.set('go', 'draft');
    fetch(form.action, {method: 'POST', body: body, redirect: 'error', cache: 'no-store'}).then(function (answer) {
      return answer.json();
    }).then(function (answer) {
      form.elements.draft.value = answer.draft;
      stopped = stopped || answer.stop;
      if (status.textContent !== answer.text) {
        status.textContent = answer.text;
      }
    }).catch(function () {
      dirty = true;
      status.textContent = form.dataset.draft;
    }).then(function () {
      busy = false;
      later();
    });
  }
  function later() {
    clearTimeout(timer);
    if (dirty && !stopped) {
      timer = setTimeout(save, 4000);
    }
  }
  form.addEventListener('input', function () {
    dirty = true;
    later();
  });
  form.addEventListener('submit', function () {
    stopped = true;
  });
  document.addEventListener('visibilitychange', function () {
    if (document.visibilityState === 'hidden') {
      save();
    }
  });
});
