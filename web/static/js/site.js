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
document.documentElement.classList.add('scripted');
