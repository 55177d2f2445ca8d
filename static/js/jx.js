/*
 * 匠选 in the browser. Everything works without this file; it only saves, counts and spares reloads.
 * One plain script for Chromium 100 and later; no inline handlers, no eval, no inline styles: the policy refuses them.
 *
 * Autosave      form[data-autosave-url] with <input type="hidden" name="revision"> and somewhere [data-save-status].
 *               The form is POSTed there as multipart without its files, Accept: application/json, while one types and when the page is left.
 *               200 {saved_at, revision}                      saved_at: ISO time or words; revision goes into the hidden input
 *               409 {revision, changed: [{field, label, theirs}]}  changed elsewhere: nothing was written; the person chooses
 *               422 {errors: {field: "…"}} or {error: "…"}    not saved, said in the status line; typing on tries again
 *               403 {error}                   refused (after the deadline, say): said once, saving stops
 *               401, or a redirect to the sign-in page        asks to sign in in a new tab, tries again by itself, with a fresh token
 *               network gone, 5xx                             tries again by itself
 *               Until the server has acknowledged it, what was typed is kept in localStorage under "jx:draft:<url>"; fields with
 *               data-no-local, passwords and files never are. Signing out forgets all copies.
 *               Fires jx:saved (detail: the answer) on the form.
 * Counting      [data-count-for="<id>"] with data-limit or data-about: code points without line breaks, as the server counts.
 * Rows          fieldset[data-rows="<prefix>"] > .jx-rows__list > [data-row], <template>, [data-row-do="add|up|down|remove"].
 *               Names <prefix>-<n>-<field>, <prefix>-TOTAL_FORMS kept right, <prefix>-<n>-ORDER and -DELETE honoured. data-max.
 * Uploads       form[data-upload][data-max-mb] with [data-upload-error] and <progress>: 2xx or a redirect reloads the page, 4xx {error} is shown in place.
 * Dialogs       a[data-dialog="<id>"] opens dialog#<id>; [data-dialog-close].
 * Keys (desks)  j and k walk over [data-row-link], where there are some; data-key="x" on a link follows it, on a summary opens it, on a button or field puts the
 *               focus there: one key alone never decides a case. Nothing while <html data-keys="off"> (see review.js).
 * Ballots       form[data-ballot="<round>"] with data-least, data-most and a [data-ballot-count]: a live count of its ticked boxes; what is ticked is
 *               kept in sessionStorage, so that reading a case loses nothing, and forgotten once form[data-ballot-sent="<round>"] is sent.
 * Other         [data-large-switch], [data-print], details[data-exclusive="<group>"], every POST form is guarded against a second click.
 */
(function () {
  'use strict'

  const $ = (selector, root = document) => root.querySelector(selector)
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector))
  const two = (n) => String(n).padStart(2, '0')
  const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`

  function make (tag, attributes, ...children) {
    const element = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value)
    element.append(...children)
    return element
  }

  /** An alert at the head of the page; the person is led to it, since nothing is announced by a flash alone. */
  function alertAbove (text) {
    const main = $('main')
    const old = $('[data-jx-alert]', main)
    if (old) old.remove()
    const box = make('div', { class: 'jx-alert jx-alert--fails', role: 'alert', tabindex: '-1', 'data-jx-alert': '' },
      make('div', { class: 'jx-alert__body' }, text))
    main.prepend(box)
    box.focus()
  }

  // ---- counting ------------------------------------------------------------------------------------------------

  const length = (text) => Array.from(text.replace(/[\r\n]/g, '')).length

  function count (output) {
    const field = document.getElementById(output.dataset.countFor)
    if (!field) return
    const n = length(field.value)
    const { limit, about } = output.dataset
    if (limit && n > Number(limit)) {
      output.dataset.over = ''
      output.textContent = `已写 ${n} 字，超出 ${n - Number(limit)} 字`
    } else {
      delete output.dataset.over
      output.textContent = limit ? `已写 ${n} 字，至多 ${limit} 字` : `已写 ${n} 字，约 ${about} 字`
    }
  }

  document.addEventListener('input', (event) => {
    const id = event.target.id
    if (id) $$('[data-count-for]').filter((output) => output.dataset.countFor === id).forEach(count)
  })

  // ---- repeating rows --------------------------------------------------------------------------------------------

  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const rowsOf = (editor) => $$('.jx-rows__list > [data-row]', editor)

  function renumber (editor) {
    const prefix = editor.dataset.rows
    const named = new RegExp(`(^|\\s|id_)${escaped(prefix)}-(?:\\d+|__prefix__)-`, 'g')
    const valued = new RegExp(`^(${escaped(prefix)}:\\w+:).*$`)
    const rows = rowsOf(editor)
    rows.forEach((row, i) => {
      for (const element of $$('*', row)) {
        for (const name of ['name', 'id', 'for', 'aria-describedby', 'data-count-for']) {
          if (element.hasAttribute(name)) {
            element.setAttribute(name, element.getAttribute(name).replace(named, `$1${prefix}-${i}-`))
          }
        }
        if (element.dataset.rowDo) element.value = element.value.replace(valued, `$1${i}`)
        if (element.name === `${prefix}-${i}-ORDER`) element.value = String(i + 1)
      }
    })
    const form = editor.closest('form')
    const total = form && form.elements[`${prefix}-TOTAL_FORMS`]
    if (total) total.value = String(rows.length)
    const add = $('[data-row-do="add"]', editor)
    const shown = rows.filter((row) => !row.hidden).length
    if (add && editor.dataset.max) add.disabled = shown >= Number(editor.dataset.max)
    const list = $('.jx-rows__list', editor)
    if (!list.firstElementChild) list.textContent = ''
  }

  function addRow (editor) {
    const list = $('.jx-rows__list', editor)
    list.insertAdjacentHTML('beforeend', $('template', editor).innerHTML.trim())
    renumber(editor)
    prepare(list.lastElementChild)
    return list.lastElementChild
  }

  function changed (editor) {
    editor.dispatchEvent(new Event('change', { bubbles: true }))
  }

  function removeRow (editor, row) {
    const mark = $('input[name$="-DELETE"]', row)
    const after = row.nextElementSibling
    const list = row.parentElement
    if (mark) {
      mark.checked = true
      row.hidden = true
    } else {
      row.remove()
    }
    renumber(editor)
    const old = $('[data-row-undo]', editor)
    if (old) old.remove()
    const back = make('button', { type: 'button', class: 'btn btn-sm' }, '恢复')
    const line = make('p', { role: 'status', 'data-row-undo': '', class: 'jx-row' }, '已删除 1 项。', back)
    back.addEventListener('click', () => {
      if (mark) mark.checked = false
      row.hidden = false
      list.insertBefore(row, after && after.parentElement === list ? after : null)
      line.remove()
      renumber(editor)
      changed(editor)
    })
    $('[data-row-do="add"]', editor).before(line)
    back.focus()
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-row-do]')
    if (!button) return
    event.preventDefault()
    const editor = button.closest('[data-rows]')
    const row = button.closest('[data-row]')
    if (button.dataset.rowDo === 'add') {
      const field = $('input:not([type="hidden"]), select, textarea', addRow(editor))
      if (field) field.focus()
    } else if (button.dataset.rowDo === 'remove') {
      removeRow(editor, row)
    } else {
      const up = button.dataset.rowDo === 'up'
      const other = up ? row.previousElementSibling : row.nextElementSibling
      if (other) row.parentElement.insertBefore(up ? row : other, up ? other : row)
      renumber(editor)
      button.focus()
    }
    changed(editor)
  })

  // ---- autosave ----------------------------------------------------------------------------------------------------

  const COPY = 'jx:draft:'

  function storage (work) {
    try {
      return work(window.localStorage)
    } catch (error) {
      return null // full, or forbidden by the browser: the server's copy is then the only one
    }
  }

  class Autosave {
    constructor (form) {
      this.form = form
      this.url = form.dataset.autosaveUrl
      this.status = $('[data-save-status]', form) || $('[data-save-status]')
      this.typed = 0
      this.acknowledged = 0
      this.saving = false
      this.paused = false
      this.waits = 0
      form.addEventListener('input', () => this.touch(1500))
      form.addEventListener('change', () => this.touch(400))
      form.addEventListener('submit', () => this.handOver())
      form.addEventListener('keydown', (event) => {
        // Enter in a line would press the first button of a long form
        if (event.key === 'Enter' && event.target.matches('input:not([type="checkbox"]):not([type="radio"]):not([type="submit"])')) event.preventDefault()
      })
      window.addEventListener('online', () => this.save())
      window.addEventListener('focus', () => this.save())
      window.addEventListener('pagehide', () => this.save(true))
      document.addEventListener('visibilitychange', () => document.hidden ? this.save(true) : this.save())
      this.recover()
    }

    get revision () {
      const input = this.form.elements.revision
      return input ? input.value : ''
    }

    set revision (value) {
      const input = this.form.elements.revision
      if (input) input.value = String(value)
    }

    touch (delay) {
      if (this.form.dataset.busy) return
      this.typed += 1
      window.clearTimeout(this.keeping)
      this.keeping = window.setTimeout(() => this.keep(), 300)
      this.later(delay)
    }

    later (delay) {
      window.clearTimeout(this.timer)
      this.timer = window.setTimeout(() => this.save(), delay)
    }

    say (state, text, ...more) {
      if (!this.status) return
      this.status.dataset.state = state
      this.status.replaceChildren(text, ...more)
    }

    values () {
      return Array.from(new FormData(this.form)).filter(([name, value]) => {
        if (typeof value !== 'string' || name === 'csrfmiddlewaretoken' || name === 'revision') return false
        const field = this.form.elements[name]
        const first = field instanceof RadioNodeList ? field[0] : field
        return first && first.type !== 'password' && !first.closest('[data-no-local]')
      })
    }

    keep (extra) {
      storage((local) => local.setItem(COPY + this.url, JSON.stringify({
        at: Date.now(), revision: this.revision, values: this.values(), ...extra
      })))
    }

    forget () {
      window.clearTimeout(this.keeping)
      storage((local) => local.removeItem(COPY + this.url))
    }

    /** The real submit: the copy stays until the server has moved on, in case the answer never comes. */
    handOver () {
      if (this.typed === this.acknowledged) return
      this.keep({ submitted: true })
      window.clearTimeout(this.timer)
    }

    recover () {
      const copy = storage((local) => JSON.parse(local.getItem(COPY + this.url)))
      if (!copy) return
      if (copy.revision === this.revision) {
        this.restore(copy.values)
        this.touch(0)
        return
      }
      if (copy.submitted) {
        this.forget()
        return
      }
      const take = make('button', { type: 'button', class: 'btn btn-sm' }, '用这台设备上的内容')
      const drop = make('button', { type: 'button', class: 'btn btn-sm' }, '不用，删除它')
      const box = make('div', { class: 'jx-conflict', role: 'alert' },
        make('p', {}, `这台设备上留有 ${clock(new Date(copy.at))} 没有保存成功的内容，之后这份表在别处改过。`),
        make('div', { class: 'jx-row' }, take, drop))
      take.addEventListener('click', () => { this.restore(copy.values); box.remove(); this.touch(0) })
      drop.addEventListener('click', () => { this.forget(); box.remove() })
      this.form.prepend(box)
    }

    restore (values) {
      const byName = new Map()
      for (const [name, value] of values) byName.set(name, (byName.get(name) || []).concat(value))
      for (const editor of $$('[data-rows]', this.form)) {
        const own = new RegExp(`^${escaped(editor.dataset.rows)}-(\\d+)-`)
        const wanted = Math.max(0, ...Array.from(byName.keys()).map((name) => own.exec(name)).filter(Boolean).map((match) => Number(match[1]) + 1))
        while (rowsOf(editor).length < wanted) addRow(editor)
        while (rowsOf(editor).length > wanted && !$('input[name$="-DELETE"]', editor)) rowsOf(editor).pop().remove()
        renumber(editor)
      }
      for (const field of Array.from(this.form.elements)) {
        if (!field.name || ['hidden', 'file', 'password', 'submit', 'button'].includes(field.type) || field.closest('[data-no-local]')) continue
        const kept = byName.get(field.name)
        if (field.type === 'checkbox' || field.type === 'radio') field.checked = Boolean(kept && kept.includes(field.value))
        else if (field.multiple) for (const option of field.options) option.selected = Boolean(kept && kept.includes(option.value))
        else if (kept) field.value = kept.length > 1 ? kept.shift() : kept[0]
      }
      $$('[data-count-for]', this.form).forEach(count)
    }

    async save (leaving = false) {
      if (this.saving || this.paused || this.typed === this.acknowledged || this.form.dataset.busy) return
      window.clearTimeout(this.timer)
      const upTo = this.typed
      const body = new FormData(this.form)
      for (const [name, value] of Array.from(body)) if (value instanceof File) body.delete(name)
      this.saving = true
      if (!leaving) this.say('saving', '正在保存…')
      try {
        const response = await fetch(this.url, {
          method: 'POST', body, credentials: 'same-origin', redirect: 'manual', keepalive: leaving, headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' }
        })
        await this.answered(response, upTo)
      } catch (error) {
        this.retry('offline', '未保存：网络断开，恢复后自动重试')
      } finally {
        this.saving = false
      }
      if (this.typed !== this.acknowledged && this.status && this.status.dataset.state === 'saved') this.later(800)
    }

    async answered (response, upTo) {
      if (response.ok) {
        const answer = await response.json()
        this.revision = answer.revision
        this.acknowledged = upTo
        this.waits = 0
        this.renewed = false
        if (this.typed === upTo) this.forget()
        else this.keep()
        const when = new Date(answer.saved_at)
        this.say('saved', `已保存 ${Number.isNaN(when.getTime()) ? answer.saved_at : clock(when)}`)
        this.form.dispatchEvent(new CustomEvent('jx:saved', { bubbles: true, detail: answer }))
      } else if (response.status === 409) {
        this.conflict(await response.json())
      } else if (response.status === 403 && /json/.test(response.headers.get('Content-Type') || '')) {
        this.paused = true
        this.keep()
        this.say('error', `未保存：${(await response.json()).error || '现在不能修改'}`)
      } else if (response.type === 'opaqueredirect' || response.status === 401 || response.status === 403) {
        if (await this.renew()) this.later(0)
        else this.askToSignIn()
      } else if (response.status === 400 || response.status === 422) {
        const answer = await response.json().catch(() => ({}))
        const words = answer.error || Object.values(answer.errors || {}).flat().join('；')
        this.acknowledged = upTo
        this.keep()
        this.say('error', `未保存：${words || '内容有误，请检查后继续'}`)
      } else {
        this.retry('error', '未保存：服务器暂时没有应答，稍后自动重试')
      }
    }

    retry (state, text) {
      this.keep()
      this.say(state, text)
      this.waits = Math.min(this.waits + 1, 6)
      this.later(this.waits * 5000)
    }

    /** After a new sign-in the old token is refused: take the one of this very page, fetched again. At most once between two saves. */
    async renew () {
      if (this.renewed) {
        this.renewed = false
        return false
      }
      const response = await fetch(window.location.href, { credentials: 'same-origin', redirect: 'manual' })
      if (!response.ok) return false
      const page = new DOMParser().parseFromString(await response.text(), 'text/html')
      const twin = Array.from(page.forms).find((form) => form.dataset.autosaveUrl === this.url)
      const token = twin && twin.elements.csrfmiddlewaretoken
      if (!token) return false
      for (const input of $$('input[name="csrfmiddlewaretoken"]')) input.value = token.value
      const meta = $('meta[name="csrf-token"]')
      if (meta) meta.content = token.value
      this.renewed = true
      return true
    }

    askToSignIn () {
      this.keep()
      const next = encodeURIComponent(window.location.pathname)
      this.say('signin', '未保存：登录已过期，内容还在这里。',
        make('a', { href: `${this.form.dataset.signinUrl || '/accounts/login/'}?next=${next}`, target: '_blank', rel: 'opener' }, '在新窗口登录'),
        '后会自动保存。')
      this.later(10000)
    }

    conflict ({ revision, changed: theirs }) {
      this.paused = true
      this.keep()
      this.say('conflict', '未保存：这份表刚在别处改过，请先选择')
      const old = $('.jx-conflict', this.form)
      if (old) old.remove()
      const list = make('ul', {}, ...(theirs || []).map(({ label, field, theirs: value }) =>
        make('li', {}, `${label || field}：`, String(value === null || value === '' ? '（已清空）' : value))))
      const mine = make('button', { type: 'button', class: 'btn btn-sm' }, '用我这里的内容')
      const other = make('button', { type: 'button', class: 'btn btn-sm' }, '以上各项用别处的内容')
      const box = make('div', { class: 'jx-conflict', role: 'alert', tabindex: '-1' },
        make('p', {}, '这份表在别的窗口或设备上改过。别处的内容是：'), list, make('div', { class: 'jx-row' }, mine, other))
      const settle = () => {
        this.revision = revision
        this.paused = false
        box.remove()
        this.touch(0)
      }
      mine.addEventListener('click', settle)
      other.addEventListener('click', () => {
        for (const { field, theirs: value } of theirs || []) {
          const input = this.form.elements[field]
          if (input instanceof RadioNodeList) input.value = value
          else if (input && input.type === 'checkbox') input.checked = Boolean(value)
          else if (input) input.value = value === null ? '' : value
        }
        $$('[data-count-for]', this.form).forEach(count)
        settle()
      })
      this.form.prepend(box)
      box.focus()
    }
  }

  // ---- uploads ---------------------------------------------------------------------------------------------------------

  function upload (form) {
    const input = $('input[type="file"]', form)
    const error = $('[data-upload-error]', form)
    const bar = $('progress', form)
    const fail = (text) => {
      bar.hidden = true
      error.hidden = false
      error.lastElementChild.textContent = text
      input.setAttribute('aria-invalid', 'true')
      input.setAttribute('aria-describedby', error.id)
      delete form.dataset.busy
    }
    const largest = Number(form.dataset.maxMb)
    const file = input.files[0]
    if (!file) return fail('请先选择文件。')
    if (largest && file.size > largest * 1024 * 1024) {
      return fail(`这个文件有 ${(file.size / 1024 / 1024).toFixed(1)} MB，超过 ${largest} MB。请压缩或重新拍照后再传。`)
    }
    form.dataset.busy = '1'
    error.hidden = true
    input.removeAttribute('aria-invalid')
    bar.value = 0
    bar.hidden = false
    const request = new XMLHttpRequest()
    request.open('POST', form.action)
    request.setRequestHeader('Accept', 'application/json')
    request.setRequestHeader('X-Requested-With', 'XMLHttpRequest')
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) bar.value = 100 * event.loaded / event.total
    })
    request.addEventListener('error', () => fail('上传没有成功：网络断开。文件还在，连上网后请再点“上传”。'))
    request.addEventListener('load', async () => {
      if (request.status < 400) {
        await Promise.all(autosaves.map((one) => one.save()))
        window.location.reload()
        return
      }
      let words = ''
      try {
        words = JSON.parse(request.responseText).error
      } catch (_) {
        words = request.status === 413 ? '文件太大，服务器没有接收。请压缩后再传。' : ''
      }
      fail(words || '上传没有成功，请稍后再试。')
    })
    request.send(new FormData(form))
  }

  // ---- forms: uploads, second clicks ---------------------------------------------------------------------------------------

  document.addEventListener('submit', (event) => {
    const form = event.target
    if (event.defaultPrevented) return
    if (form.matches('[data-upload]')) {
      event.preventDefault()
      if (!form.dataset.busy) upload(form)
      return
    }
    if (form.method !== 'post' || form.matches('[hx-post]')) return
    if (form.dataset.busy) {
      event.preventDefault()
      return
    }
    if (/\/logout\//.test(form.action)) {
      storage((local) => Object.keys(local).filter((key) => key.startsWith(COPY)).forEach((key) => local.removeItem(key)))
    }
    form.dataset.busy = '1'
    if (event.submitter) event.submitter.setAttribute('aria-busy', 'true')
    window.setTimeout(() => release(form), 15000)
  })

  function release (form) {
    delete form.dataset.busy
    $$('[aria-busy]', form).forEach((button) => button.removeAttribute('aria-busy'))
  }

  window.addEventListener('pageshow', (event) => {
    if (event.persisted) $$('form[data-busy]').forEach(release)
  })

  // ---- dialogs, details, print, large type ------------------------------------------------------------------------------------

  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-dialog]')
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog)
      if (dialog && dialog.showModal) {
        event.preventDefault()
        dialog.showModal()
      }
      return
    }
    const dialog = event.target.closest('dialog')
    if (dialog && (event.target === dialog || event.target.closest('[data-dialog-close]'))) dialog.close()
    if (event.target.closest('[data-print]')) window.print()
    const large = event.target.closest('[data-large-switch]')
    if (large) {
      const on = document.documentElement.toggleAttribute('data-large')
      const secure = window.location.protocol === 'https:' ? '; Secure' : ''
      document.cookie = `jx_large=${on ? 1 : 0}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
      $$('[data-large-switch]').forEach(showLargeSwitch)
    }
  })

  function showLargeSwitch (button) {
    button.hidden = false
    button.textContent = document.documentElement.hasAttribute('data-large') ? '恢复标准字号' : '大字版'
  }

  document.addEventListener('toggle', (event) => {
    const opened = event.target
    if (!opened.open || !opened.dataset || !opened.dataset.exclusive) return
    for (const other of $$(`details[data-exclusive="${opened.dataset.exclusive}"]`)) if (other !== opened) other.open = false
    const field = $('textarea, input:not([type="hidden"])', opened)
    if (field) field.focus()
  }, true)

  // ---- ballots ------------------------------------------------------------------------------------------------------------------------

  const ticks = (form) => $$('input[type="checkbox"]', form)
  const kept = (round) => `jx:ballot:${round}`

  function countBallot (form) {
    const n = ticks(form).filter((box) => box.checked).length
    const { least, most } = form.dataset
    const bounds = least === most ? most : `${least}–${most}`
    const left = n < Number(least) ? `，还需选 ${Number(least) - n} 人` : n > Number(most) ? `，多选了 ${n - Number(most)} 人` : ''
    const output = $('[data-ballot-count]', form)
    output.textContent = `已选 ${n} / ${bounds} 人${left}`
    output.toggleAttribute('data-over', n > Number(most))
  }

  function startBallot (form) {
    const before = JSON.parse(window.sessionStorage.getItem(kept(form.dataset.ballot)) || '[]')
    if (!ticks(form).some((box) => box.checked)) ticks(form).forEach((box) => { box.checked = before.includes(box.value) })
    countBallot(form)
  }

  document.addEventListener('change', (event) => {
    const form = event.target.closest('form[data-ballot]')
    if (!form) return
    const chosen = ticks(form).filter((box) => box.checked).map((box) => box.value)
    window.sessionStorage.setItem(kept(form.dataset.ballot), JSON.stringify(chosen))
    countBallot(form)
  })
  document.addEventListener('submit', (event) => {
    const { ballotSent } = event.target.dataset
    if (ballotSent && (!event.submitter || event.submitter.name !== 'edit')) window.sessionStorage.removeItem(kept(ballotSent))
  })
  window.addEventListener('pageshow', () => $$('form[data-ballot]').forEach(countBallot))

  // ---- keys ------------------------------------------------------------------------------------------------------------------------

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $('dialog[open]')) return
    if (event.target.closest('input, textarea, select, [contenteditable]')) {
      if (event.key === 'Escape') event.target.blur()
      return
    }
    if (document.documentElement.dataset.keys === 'off') return
    const links = $$('[data-row-link]').filter((link) => link.offsetParent)
    if (links.length && (event.key === 'j' || event.key === 'k')) {
      const here = links.indexOf(document.activeElement.closest('[data-row-link]'))
      const next = here < 0 ? 0 : here + (event.key === 'j' ? 1 : -1)
      const link = links[Math.min(Math.max(next, 0), links.length - 1)]
      event.preventDefault()
      link.focus()
      link.scrollIntoView({ block: 'nearest' })
      return
    }
    const target = $$('[data-key]').find((element) => element.dataset.key === event.key && element.offsetParent)
    if (!target) return
    event.preventDefault()
    if (target.matches('a, summary')) target.click()
    else target.focus()
  })

  // ---- htmx, passkeys -----------------------------------------------------------------------------------------------------------------

  document.addEventListener('htmx:configRequest', (event) => {
    const meta = $('meta[name="csrf-token"]')
    if (meta && event.detail.verb !== 'get') event.detail.headers['X-CSRFToken'] = meta.content
  })
  document.addEventListener('htmx:beforeSwap', (event) => {
    // an expired session answers a fragment with the sign-in page: show it as a page, not inside the list
    if (/\/accounts\/(login|reauthenticate)\//.test(event.detail.xhr.responseURL)) {
      event.detail.shouldSwap = false
      window.location.reload()
    }
  })
  document.addEventListener('htmx:responseError', () => alertAbove('没有成功：服务器没有办成这件事。请刷新页面后再试。'))
  document.addEventListener('htmx:load', (event) => prepare(event.detail.elt))

  document.addEventListener('allauth.error', (event) => {
    event.preventDefault()
    const name = event.detail && event.detail.exception && event.detail.exception.name
    alertAbove(name === 'NotAllowedError'
      ? '没有完成通行密钥验证：已取消，或等待时间过长。可以再试一次，或改用其他方式。'
      : '这台设备不能使用通行密钥。请改用密码或验证码。')
  })

  // ---- start ------------------------------------------------------------------------------------------------------------------------------

  const autosaves = []

  function prepare (root) {
    $$('[data-count-for]', root).forEach(count)
    $$('[data-rows]', root).forEach(renumber)
    $$('form[data-ballot]', root).forEach(startBallot)
    $$('[data-large-switch]', root).forEach(showLargeSwitch)
    for (const form of $$('form[data-autosave-url]', root)) {
      if (!form.dataset.autosaving) {
        form.dataset.autosaving = '1'
        autosaves.push(new Autosave(form))
      }
    }
  }

  prepare(document)
})()
