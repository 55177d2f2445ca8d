/*
 * Desks: what the keyboard does, told and turned off (WCAG 2.1.4), and the ticks of a list. Everything works without this file.
 *
 * Help          ? opens a dialog with the keys of this page, read off its [data-key] elements; so does [data-keys-help], shown once this runs.
 *               data-key-label says what a key does where the element's own words would not.
 * Off           The dialog's switch keeps data-keys="off" on <html> and in localStorage; jx.js asks it before it acts on a single key.
 * Ticks         form[data-picks] owns checkboxes through form="…": a box over all rows, a count in [data-picks-count], x ticks the row one is at.
 * Kept          [data-keep="<name>"][data-keep-version="<n>"] in a form: what is typed in it stays in this browser as one types, comes back when the page is
 *               opened again with the same version, and is forgotten once the version has moved on (a record was saved) or somebody signs out.
 *               Without a network the form is not sent and says so, so that nothing chosen in it is lost.
 * Names         [data-names-for="<id>"] with button[data-name]: adds a name to the list in that field, or takes it out again.
 * Lean          form[data-lean] leaves empty controls out of the address.
 */
(function () {
  'use strict'

  const { $, $$, make } = window.Jx
  const KEY = 'jx:keys'
  const root = document.documentElement
  const off = () => root.dataset.keys === 'off'

  function remembered () {
    try { return window.localStorage.getItem(KEY) } catch { return null }
  }
  if (remembered() === 'off') root.dataset.keys = 'off'

  // ---- help ------------------------------------------------------------------------------------------------------

  function words (element) {
    if (element.dataset.keyLabel) return element.dataset.keyLabel
    const copy = element.cloneNode(true)
    $$('kbd, svg', copy).forEach((part) => part.remove())
    const label = element.labels && element.labels[0]
    return (copy.textContent.trim() || (label ? label.textContent.trim() : '') || element.getAttribute('aria-label') || '').replace(/\s+/g, ' ')
  }

  function lines () {
    const found = new Map()
    if ($('[data-row-link]')) {
      found.set('j', '下一行')
      found.set('k', '上一行')
      found.set('Enter', '打开所在的一行')
    }
    if ($('form[data-picks]')) found.set('x', '勾选或取消所在的一行')
    for (const element of $$('[data-key]')) {
      if (element.offsetParent && !found.has(element.dataset.key)) found.set(element.dataset.key, words(element))
    }
    found.set('?', '打开本说明')
    found.set('Esc', '离开输入框，关闭本说明')
    return found
  }

  function help () {
    const old = $('#jx-keys')
    if (old) old.remove()
    const list = make('dl', { class: 'jx-facts' })
    for (const [key, what] of lines()) list.append(make('dt', {}, make('kbd', {}, key)), make('dd', {}, what))
    const box = make('input', { type: 'checkbox', id: 'jx-keys-on' })
    box.checked = !off()
    box.addEventListener('change', () => {
      if (box.checked) delete root.dataset.keys
      else root.dataset.keys = 'off'
      try { window.localStorage.setItem(KEY, box.checked ? 'on' : 'off') } catch { /* only until this page is left */ }
    })
    const close = make('button', { type: 'button', class: 'btn btn-primary' }, '关闭')
    const dialog = make('dialog', { class: 'jx-dialog', id: 'jx-keys', 'aria-labelledby': 'jx-keys-title' },
      make('h2', { id: 'jx-keys-title' }, '本页快捷键'),
      make('p', {}, '单按一个键只是跳到或打开，作结论仍要按 Enter 确认。'),
      list,
      make('label', { class: 'jx-tick jx-tick--row' }, box, '使用单键快捷键（在这台电脑上）'),
      make('div', { class: 'jx-actions' }, close))
    close.addEventListener('click', () => dialog.close())
    dialog.addEventListener('close', () => { dialog.remove() })
    document.body.append(dialog)
    dialog.showModal()
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $('dialog[open]')) return
    if (event.target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]')) return
    if (event.key === '?' && !off()) {
      event.preventDefault()
      help()
    } else if (event.key === 'x' && !off() && $('form[data-picks]')) {
      const row = document.activeElement.closest('tr')
      const box = row && $('input[type=checkbox]', row)
      if (!box) return
      event.preventDefault()
      box.click()
    }
  })

  const opener = $('[data-keys-help]')
  if (opener && lines().size > 2) {
    opener.hidden = false
    opener.addEventListener('click', help)
  }

  // ---- ticks -----------------------------------------------------------------------------------------------------

  for (const form of $$('form[data-picks]')) {
    const boxes = () => $$(`input[type=checkbox][form="${form.id}"]`)
    const count = $('[data-picks-count]')
    const first = boxes()[0]
    if (!first) continue
    const all = make('input', { type: 'checkbox', 'aria-label': '选择本页全部' })
    const head = $('thead th', first.closest('table'))
    head.replaceChildren(make('label', { class: 'jx-pickbox' }, all))
    const show = () => {
      const n = boxes().filter((box) => box.checked).length
      all.checked = n === boxes().length
      all.indeterminate = n > 0 && !all.checked
      count.textContent = n ? `已选 ${n} 份` : '勾选后可以一并办理'
    }
    all.addEventListener('change', () => {
      boxes().forEach((box) => { box.checked = all.checked })
      show()
    })
    document.addEventListener('change', (event) => { if (boxes().includes(event.target)) show() })
    window.addEventListener('pageshow', show)
  }

  // ---- lean addresses --------------------------------------------------------------------------------------------

  for (const form of $$('form[data-lean]')) {
    form.addEventListener('formdata', (event) => {
      for (const [name, value] of Array.from(event.formData.entries())) {
        if (value === '') event.formData.delete(name)
      }
    })
  }

  // ---- what is typed stays in the browser -------------------------------------------------------------------------------------------

  const keptUnder = (box) => `jx:draft:${box.dataset.keep}`
  const keptControls = (box) => $$('input:not([type="file"]):not([type="hidden"]), textarea, select', box)

  function keptRead (box) {
    try { return JSON.parse(window.localStorage.getItem(keptUnder(box))) } catch { return null }
  }

  function keptSay (box, text) {
    const status = $('[data-keep-status]', box)
    status.hidden = !text
    status.textContent = text
  }

  function keptWrite (box) {
    const values = {}
    const who = $('meta[name="jx-who"]')
    for (const one of keptControls(box)) if (one.type !== 'radio' && one.type !== 'checkbox') values[one.name] = one.value
    try {
      window.localStorage.setItem(keptUnder(box), JSON.stringify({ version: box.dataset.keepVersion, at: Date.now(), who: who && who.content, values }))
      keptSay(box, '已留在本机，保存前离开也不会丢')
    } catch { keptSay(box, '') }
  }

  for (const box of $$('[data-keep]')) {
    const kept = keptRead(box)
    if (kept && kept.version !== box.dataset.keepVersion) window.localStorage.removeItem(keptUnder(box))
    else if (kept && !$('.jx-error', box)) {
      for (const one of keptControls(box)) if (kept.values[one.name] !== undefined) one.value = kept.values[one.name]
      keptSay(box, '已恢复上次没有保存的内容')
    }
    box.addEventListener('input', () => keptWrite(box))
    box.closest('form').addEventListener('submit', (event) => {
      if (navigator.onLine) return
      event.preventDefault()
      event.stopImmediatePropagation()
      keptSay(box, '现在没有网络，还没有保存。填写的内容留在本机，连上网络后再点保存；请不要关闭本页，以免重选照片')
      $('[data-keep-status]', box).scrollIntoView({ block: 'center' })
    }, true)
  }

  for (const names of $$('[data-names-for]')) {
    const field = document.getElementById(names.dataset.namesFor)
    names.hidden = false
    names.addEventListener('click', (event) => {
      const button = event.target.closest('[data-name]')
      if (!button) return
      const listed = field.value.split(/[、，,\n]/).map((one) => one.trim()).filter(Boolean)
      const { name } = button.dataset
      field.value = (listed.includes(name) ? listed.filter((one) => one !== name) : [...listed, name]).join('、')
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
  }
})()
