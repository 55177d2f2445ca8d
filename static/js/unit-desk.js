/*
 * The unit officer's desk. Without it every button still works: it sends its form and the page comes back.
 *
 * Phrases    button[data-phrase] beside a form with textarea[name=opinion]: the phrase is put where the cursor is.
 * Ticks      input[data-tick-all="<name>"] ticks every box of that name; a radio input[data-when-ticked="<name>"] is chosen once one box is ticked.
 */
(function () {
  'use strict'

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-phrase]')
    if (!button) return
    const field = button.form.elements.opinion
    if (!field) return
    event.preventDefault()
    const { selectionStart, selectionEnd, value } = field
    const at = document.activeElement === field || selectionStart ? selectionStart : value.length
    field.setRangeText(button.dataset.phrase, at, Math.max(at, selectionEnd), 'end')
    field.focus()
    field.dispatchEvent(new Event('input', { bubbles: true }))
  })

  document.addEventListener('change', (event) => {
    const box = event.target
    const named = (name) => Array.from(document.querySelectorAll('input[type="checkbox"]')).filter((one) => one.name === name)
    if (box.dataset.tickAll) {
      for (const one of named(box.dataset.tickAll)) one.checked = box.checked
    }
    const name = box.dataset.tickAll || box.name
    if (!name) return
    for (const radio of document.querySelectorAll('input[data-when-ticked]')) {
      if (radio.dataset.whenTicked === name && named(name).some((one) => one.checked)) radio.checked = true
    }
  })
})()
