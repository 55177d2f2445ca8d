/*
 * Score sheets that save themselves, and a matrix that the keyboard moves in. Without this file both are sent as any other form.
 *
 * [data-sheet][data-url] (a form, or a row with data-prefix) with hidden inputs "version" and "revision" and somewhere
 * [data-sheet-status]. A while after the last key the sheet as it stands is sent; the server answers
 *   200 {revision, saved_at}   kept
 *   409, 422, 400 {error}      not kept, and said at the sheet: what was typed stays; typing on tries again, after 409 nothing does
 *   anything else              tries again by itself, each time a little later, and says so; after 403 with a fresh token, as somebody
 *                              who signed in again in another window needs
 * What is not yet acknowledged is sent once more when the page is left or hidden.
 *
 * form[data-matrix]: up, down and Enter move in the column, left and right at the ends of what is typed move in the row.
 */
(function () {
  'use strict'

  const { $, $$, inert } = window.Jx
  const WAIT = 1200

  class Sheet {
    constructor (element) {
      this.element = element
      this.prefix = element.dataset.prefix || ''
      this.status = $('[data-sheet-status]', element)
      this.form = element.closest('form')
      this.kept = this.serial
      this.tries = 0
      this.stopped = false
      element.addEventListener('input', () => { this.later(WAIT) })
    }

    get controls () {
      return $$('input:not([type=hidden]), textarea, select', this.element).filter((one) => one.name)
    }

    get serial () {
      return JSON.stringify(this.controls.filter((one) => one.type !== 'radio' || one.checked).map((one) => [one.name, one.value]))
    }

    hidden (name) { return $(`input[name="${this.prefix}${name}"]`, this.element) }

    say (words, wrong) {
      this.status.textContent = words
      this.status.classList.toggle('jx-error', Boolean(wrong))
    }

    later (wait) {
      if (this.stopped) return
      clearTimeout(this.timer)
      this.timer = setTimeout(() => { this.save() }, wait)
    }

    body () {
      const body = new FormData()
      for (const one of this.controls) if (one.type !== 'radio' || one.checked) body.append(one.name, one.value)
      body.append('prefix', this.prefix)
      body.append('version', this.hidden('version').value)
      body.append('revision', this.hidden('revision').value)
      body.append('csrfmiddlewaretoken', $('input[name=csrfmiddlewaretoken]', this.form).value)
      return body
    }

    /** The token of whoever is signed in now, for every form of the page. */
    async fresh () {
      try {
        const page = await fetch(window.location.href, { credentials: 'same-origin', redirect: 'error' })
        const other = inert(await page.text())
        const token = $('form[data-matrix] input[name=csrfmiddlewaretoken], form[data-sheet] input[name=csrfmiddlewaretoken]', other)
        if (token) $$('input[name=csrfmiddlewaretoken]').forEach((one) => { one.value = token.value })
      } catch { /* the next try asks again */ }
    }

    async save (leaving) {
      const sent = this.serial
      if (this.stopped || sent === this.kept || (this.busy && !leaving)) return
      this.busy = true
      this.underWay = new AbortController()
      this.say('正在暂存…')
      let answer, said
      try {
        answer = await fetch(this.element.dataset.url, { method: 'POST', body: this.body(), credentials: 'same-origin', redirect: 'error', keepalive: Boolean(leaving), signal: this.underWay.signal })
        said = await answer.json()
      } catch { answer = null }
      this.busy = false
      if (sending) return
      if (answer && answer.ok) {
        this.kept = sent
        this.tries = 0
        this.hidden('revision').value = said.revision
        this.say(`已暂存于 ${said.saved_at}，还没有交`)
        if (this.serial !== sent) this.later(WAIT)
      } else if (answer && said && said.error) {
        this.stopped = answer.status === 409
        this.say(said.error, true)
      } else {
        if (answer && answer.status === 403) await this.fresh()
        this.tries += 1
        this.say('还没有存上，会自动再试。请先不要关闭本页；如已退出登录，请在另一个窗口重新登录', true)
        this.later(Math.min(30000, WAIT * 2 ** this.tries))
      }
    }
  }

  let sending = false
  const sheets = $$('[data-sheet]').filter((one) => $('[data-sheet-status]', one)).map((one) => new Sheet(one))
  for (const form of new Set(sheets.map((one) => one.form))) {
    form.addEventListener('submit', () => {
      sending = true
      // what is handed in now is newer than any draft that is still on its way
      sheets.forEach((one) => { clearTimeout(one.timer); one.stopped = true; if (one.underWay) one.underWay.abort() })
    })
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && !sending) sheets.forEach((one) => { one.save(true) })
  })
  window.addEventListener('beforeunload', (event) => {
    if (!sending && sheets.some((one) => !one.stopped && one.serial !== one.kept)) event.preventDefault()
  })

  // ---- the matrix ------------------------------------------------------------------------------------------------

  const matrix = $('form[data-matrix]')
  if (!matrix) return
  const cells = (row) => $$('input:not([type=hidden]), textarea', row)

  function go (from, down, right) {
    const row = from.closest('tr')
    const rows = $$('tbody tr', matrix)
    const target = rows[rows.indexOf(row) + down]
    const next = target && cells(target)[cells(row).indexOf(from) + right]
    if (!next) return false
    next.focus()
    if (next.select) next.select()
    return true
  }

  matrix.addEventListener('keydown', (event) => {
    const at = event.target
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !at.matches('tbody input, tbody textarea')) return
    const words = at.tagName === 'TEXTAREA'
    const empty = at.value === ''
    const moves = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1]
    }
    const move = moves[event.key]
    if (!move || (words && event.key !== 'ArrowUp' && event.key !== 'ArrowDown' && !empty)) return
    if (words && !empty && (event.key === 'ArrowUp' ? at.selectionStart > 0 : at.selectionEnd < at.value.length)) return
    event.preventDefault()
    go(at, ...move)
  })
})()
