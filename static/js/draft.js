/*
 * A form that saves itself. Loaded after jx.js on the pages that have one; without it the form is sent as any other.
 *
 * form[data-autosave-url][data-who] with hidden inputs "revision" and "fields", somewhere [data-save-status], and one element a
 * question: [data-item="<field>"][data-label], data-personal where its answer identifies a person, data-when-field and
 * data-when-equals where it depends on another answer of the page: it is shown or hidden as that one is given.
 *
 * What a save sends: csrf token, revision (the last one whose changes this page has shown), fields (the ids that were changed here) and
 * the controls of those fields alone, and last of all "end", without which the server takes the request for one cut off on its way. What comes back:
 *   200 {saved_at, revision, theirs, missing, wrong}   kept. theirs: [{field, label, text, value}], changed elsewhere since that revision;
 *                                                      missing: how much the step still lacks; wrong: {field: words}, said at the field
 *   409 {revision, theirs}                             a field changed here was changed elsewhere: nothing was written
 *   422, 400 {error}; 403 {error} as JSON              refused, said in the status line; typing on tries again, after 403 nothing does
 *   401, 403 or a redirect to the sign-in page         asks to sign in, tries again by itself, with a fresh token
 *   no answer, 5xx                                     tries again by itself, each time a little later
 *
 * A save that was not answered is sent again as it was until it is: the server takes the same save twice without harm, and so a late
 * answer never makes this page a stranger to itself. Leaving meanwhile sends the newest words with "unheard", the save before.
 *
 * A field changed here and elsewhere is held back, with both answers shown at it, until the person has chosen; all others go on being
 * saved. What was changed elsewhere only is shown at once.
 *
 * Until it is acknowledged, what was typed is kept under "jx:draft:<url>": in localStorage, and answers that identify a person in
 * sessionStorage, which goes with the tab. jx.js forgets both on signing out. Fires jx:saved (detail: the answer) on the form.
 */
(function () {
  'use strict'

  const { $, $$, make, inert, count, rowsOf, addRow, renumber, escaped, store, COPY } = window.Jx
  const two = (n) => String(n).padStart(2, '0')
  const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`
  const PATIENCE = 20000
  const SMALL = 48000 // a browser lets no more than 64 kB outlive its page

  // ---- one question --------------------------------------------------------------------------------------------------

  const WRITABLE = 'input:not([type="hidden"]):not([type="file"]):not([type="submit"]):not([type="button"]), select, textarea'

  class Question {
    constructor (element) {
      this.element = element
      this.id = element.dataset.item
      this.label = element.dataset.label
      this.personal = 'personal' in element.dataset
      this.rows = $('[data-rows]', element)
      this.base = this.serial
    }

    get controls () {
      return $$(WRITABLE, this.element).filter((control) => control.name && !control.name.includes('__prefix__') && !control.closest('[data-elsewhere]'))
    }

    /** [[name, value], …] as the form would send them. */
    get entries () {
      return this.controls.filter((control) => !/^(checkbox|radio)$/.test(control.type) || control.checked)
        .map((control) => [control.name, control.value])
    }

    set entries (wanted) {
      if (this.rows) this.makeRows(wanted)
      const left = wanted.slice()
      for (const control of this.controls) {
        const tick = /^(checkbox|radio)$/.test(control.type)
        const at = left.findIndex(([name, value]) => name === control.name && (!tick || value === control.value))
        if (tick) control.checked = at >= 0
        else control.value = at >= 0 ? left[at][1] : ''
        if (at >= 0) left.splice(at, 1)
        $$('[data-count-for]', this.element).filter((output) => output.dataset.countFor === control.id).forEach(count)
      }
    }

    get serial () { return JSON.stringify(this.entries) }

    makeRows (wanted) {
      const own = new RegExp(`^${escaped(this.rows.dataset.rows)}-(\\d+)-`)
      const n = Math.max(0, ...wanted.map(([name]) => own.exec(name)).filter(Boolean).map((match) => Number(match[1]) + 1))
      while (rowsOf(this.rows).length < n) addRow(this.rows)
      while (rowsOf(this.rows).length > n) rowsOf(this.rows).pop().remove()
      renumber(this.rows)
    }

    /** What the controls would hold for an answer as the server keeps it: a text, texts, or rows of texts. */
    entriesFor (answer) {
      const mine = this.entries
      if (this.rows) {
        const prefix = this.rows.dataset.rows
        this.entries = (answer || []).flatMap((row, i) => Object.entries(row).map(([key, value]) => [`${prefix}-${i}-${key}`, value]))
      } else {
        const offered = new Set($$('input[type="radio"], input[type="checkbox"], option', this.element).map((one) => one.value))
        const own = this.controls.some((control) => control.name === `${this.id}__other`)
        const wanted = []
        for (const one of [].concat(answer)) {
          if (!own || offered.has(one) || one === '') wanted.push([this.id, one])
          else wanted.push([this.id, '其他'], [`${this.id}__other`, one])
        }
        this.entries = wanted
      }
      const found = this.entries
      this.entries = mine
      return found
    }

    /** Entries as people read them. */
    read (entries) {
      if (this.rows) {
        const lines = new Map()
        for (const [name, value] of entries) {
          const row = name.replace(/-[^-]+$/, '')
          lines.set(row, (lines.get(row) || []).concat(value || []))
        }
        return Array.from(lines.values(), (cells) => cells.join('　')).filter(Boolean).join('\n')
      }
      return entries.map(([name, value]) => {
        const control = this.controls.find((one) => one.name === name && (one.value === value || one.tagName === 'SELECT'))
        if (control && control.tagName === 'SELECT') return Array.from(control.options).filter((one) => one.value === value && value).map((one) => one.text).join('')
        return control && /^(checkbox|radio)$/.test(control.type) && control.closest('label') ? control.closest('label').textContent.trim() : value
      }).filter(Boolean).join('、')
    }

    /** The line for one's own words is there once “其他” is chosen. */
    showOther () {
      const own = $(`[name="${this.id}__other"]`, this.element)
      const line = own && own.closest('.jx-field')
      if (!line || line.contains($(`[name="${this.id}"]`, this.element))) return
      line.hidden = !own.value && !this.entries.some(([name, value]) => name === this.id && value === '其他')
    }

    /** What is wrong with the answer, below it; empty takes it away. The field one is still in is left alone. */
    saysWrong (text) {
      if (this.rows || this.element.contains(document.activeElement)) return
      const holder = $('.jx-field', this.element)
      const control = this.controls[0]
      if (!holder || !control) return
      const [named, id] = holder.matches('fieldset') ? [holder, `id_${this.id}_error`] : [control, `${control.id}_error`]
      $$('.jx-error', holder).forEach((old) => old.remove())
      const described = (named.getAttribute('aria-describedby') || '').split(' ').filter((one) => one && one !== id)
      if (text) {
        holder.append(make('div', { class: 'jx-error', id, role: 'status' }, make('div', {}, text)))
        control.setAttribute('aria-invalid', 'true')
        described.push(id)
      } else control.removeAttribute('aria-invalid')
      if (described.length) named.setAttribute('aria-describedby', described.join(' '))
      else named.removeAttribute('aria-describedby')
    }
  }

  /** The part in which one text differs from another is marked: what stands alike at both ends is not. */
  function marked (text, other) {
    const [a, b] = [Array.from(text), Array.from(other)]
    let head = 0
    while (head < a.length && head < b.length && a[head] === b[head]) head += 1
    let tail = 0
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1
    const middle = a.slice(head, a.length - tail).join('')
    return [a.slice(0, head).join(''), middle ? make('mark', {}, middle) : '', a.slice(a.length - tail).join('')]
  }

  // ---- the form --------------------------------------------------------------------------------------------------------

  class Draft {
    constructor (form) {
      this.form = form
      this.url = form.dataset.autosaveUrl
      this.status = $('[data-save-status]', form) || $('[data-save-status]')
      this.questions = new Map($$('[data-item]', form).map((element) => [element.dataset.item, new Question(element)]))
      this.held = new Map()
      this.sending = null
      this.stopped = false
      this.tries = 0
      this.listen()
      this.showDependent()
      this.recover()
    }

    listen () {
      const { form } = this
      form.addEventListener('input', () => this.touch(1500))
      form.addEventListener('change', () => { this.showDependent(); this.touch(400) })
      form.addEventListener('submit', (event) => this.leave(event))
      form.addEventListener('keydown', (event) => this.goOn(event))
      window.addEventListener('online', () => { this.tries = 0; this.save() })
      window.addEventListener('offline', () => this.tell())
      window.addEventListener('focus', () => this.save())
      window.addEventListener('pagehide', () => this.saveLeaving())
      document.addEventListener('visibilitychange', () => document.hidden ? this.saveLeaving() : this.save())
      document.addEventListener('jx:flush', (event) => event.detail.push(this.flush()))
      document.addEventListener('jx:signing-out', () => {
        this.saveLeaving()
        this.stopped = true
      })
      document.addEventListener('jx:signed-out', () => {
        this.stopped = true
        this.say('error', '已在别的窗口退出登录，这里不再保存。请刷新页面后重新登录。')
      })
    }

    get revision () { return this.form.elements.revision.value }
    set revision (value) { this.form.elements.revision.value = String(value) }

    get changed () { return Array.from(this.questions.values()).filter((one) => one.serial !== one.base) }
    get unsaved () { return this.changed.filter((one) => !this.held.has(one.id)) }

    touch (delay) {
      window.clearTimeout(this.keeping)
      this.keeping = window.setTimeout(() => this.keep(), 300)
      // a save is under way, or is waiting for its turn to be tried again
      if (!this.sending || this.tries === 0) this.later(delay)
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

    /** What has not reached the server, by name. */
    lacking () {
      const names = this.changed.map((one) => one.label)
      return names.length ? `以下 ${names.length} 处尚未保存：${names.join('、')}。` : ''
    }

    tell () {
      if (this.stopped) return
      if (!navigator.onLine) this.say('offline', `网络断开。${this.lacking()}连上网后自动保存，请不要关闭本页。`)
      else if (this.held.size) this.say('conflict', `有 ${this.held.size} 处在别处改过，请选择用哪一个：`, ...this.linksToHeld())
    }

    // -- sending --

    body (revision, entriesById) {
      const body = new FormData()
      const token = this.form.elements.csrfmiddlewaretoken
      if (token) body.append('csrfmiddlewaretoken', token.value)
      body.append('revision', revision)
      body.append('fields', Object.keys(entriesById).join(' '))
      for (const entries of Object.values(entriesById)) for (const [name, value] of entries) body.append(name, value)
      return body
    }

    request (body, signal) {
      body.append('end', '1')
      const size = Array.from(body.values()).reduce((sum, value) => sum + 3 * value.length + 120, 0)
      return fetch(this.url, {
        method: 'POST', body, signal, credentials: 'same-origin', redirect: 'manual', keepalive: size < SMALL, headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' }
      })
    }

    async save () {
      if (this.busy || this.stopped) return
      if (!this.sending) {
        const unsaved = this.unsaved
        if (!unsaved.length) return
        this.sending = { revision: this.revision, entries: Object.fromEntries(unsaved.map((one) => [one.id, one.entries])) }
      }
      window.clearTimeout(this.timer)
      this.busy = true
      if (this.tries === 0) this.say('saving', '正在保存…')
      const abort = new AbortController()
      const timeout = window.setTimeout(() => abort.abort(), PATIENCE)
      try {
        await this.answered(await this.request(this.body(this.sending.revision, this.sending.entries), abort.signal))
      } catch (error) {
        this.again(navigator.onLine ? '服务器没有应答。' : '网络断开。', 'offline')
      } finally {
        window.clearTimeout(timeout)
        this.busy = false
      }
      if (!this.sending && this.unsaved.length && !this.stopped && !this.refused) this.later(800)
    }

    /** The page goes: the newest words, with the save that may or may not have arrived. */
    saveLeaving () {
      this.keep()
      const unsaved = this.unsaved
      if (this.stopped || !unsaved.length) return
      if (!this.sending) {
        this.save()
        return
      }
      const body = this.body(this.sending.revision, Object.fromEntries(unsaved.map((one) => [one.id, one.entries])))
      const before = new URLSearchParams([['fields', Object.keys(this.sending.entries).join(' ')], ...Object.values(this.sending.entries).flat()])
      body.append('unheard', before.toString())
      this.request(body).catch(() => {})
    }

    /** Everything sent and answered, or false. */
    async flush () {
      for (let turn = 0; turn < 5; turn += 1) {
        if (!this.sending && !this.changed.length) return true
        while (this.busy) await new Promise((resolve) => window.setTimeout(resolve, 50))
        await this.save()
        if (this.sending || this.stopped || this.refused || this.held.size) return false
      }
      return !this.changed.length
    }

    async answered (response) {
      this.refused = false
      if (response.ok) {
        this.saved(await response.json())
      } else if (response.status === 409) {
        const { revision, theirs } = await response.json()
        this.sending = null
        this.tries = 0
        this.takeIn(theirs)
        this.revision = revision
        this.keep()
        this.tell()
        this.leadToHeld()
        if (!this.held.size) this.later(100)
      } else if (response.status === 403 && /json/.test(response.headers.get('Content-Type') || '')) {
        this.keep()
        this.stopped = true
        this.say('error', `未保存：${(await response.json()).error || '现在不能修改'}`)
      } else if (response.type === 'opaqueredirect' || response.status === 401 || response.status === 403) {
        if (await this.renew()) this.later(0)
        else this.askToSignIn()
      } else if (response.status === 400 || response.status === 422) {
        const answer = await response.json().catch(() => ({}))
        this.sending = null
        this.refused = true
        this.tries = 0
        this.keep()
        this.say('error', `未保存：${answer.error || '内容有误，请检查后继续'}`)
      } else {
        this.again('服务器暂时没有应答。', 'error')
      }
    }

    saved (answer) {
      for (const [id, entries] of Object.entries(this.sending.entries)) this.questions.get(id).base = JSON.stringify(entries)
      this.sending = null
      this.tries = 0
      this.renewed = false
      this.takeIn(answer.theirs || [])
      this.revision = answer.revision
      this.keep()
      const when = new Date(answer.saved_at)
      this.say('saved', `已保存于 ${Number.isNaN(when.getTime()) ? answer.saved_at : clock(when)}`)
      this.tell()
      for (const question of this.questions.values()) if (answer.wrong && question.serial === question.base) question.saysWrong(answer.wrong[question.id] || '')
      const lacks = $('[data-step-missing]')
      if (lacks && answer.missing !== undefined) lacks.textContent = answer.missing ? `本步还缺 ${answer.missing} 处` : '本步已填好'
      this.form.dispatchEvent(new CustomEvent('jx:saved', { bubbles: true, detail: answer }))
    }

    again (why, state) {
      this.keep()
      this.tries += 1
      const wait = Math.min(2 ** this.tries, 30)
      this.say(state, `未保存：${why}${this.lacking()}稍后自动再试，请不要关闭本页。`)
      // spread, so that a hall full of phones does not come back all at once
      this.later(wait * (700 + 600 * Math.random()))
    }

    /** After a new sign-in the old token is refused: take the one of this very page, fetched again. At most once between two saves. */
    async renew () {
      if (this.renewed) {
        this.renewed = false
        return false
      }
      const response = await fetch(window.location.href, { credentials: 'same-origin', redirect: 'manual' })
      if (!response.ok) return false
      const twin = $$('form', inert(await response.text())).find((form) => form.dataset.autosaveUrl === this.url)
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
      this.say('signin', '未保存：登录已过期，填写的内容还在这里。',
        make('a', { href: `${this.form.dataset.signinUrl || '/accounts/login/'}?next=${next}`, target: '_blank', rel: 'opener' }, '重新登录'),
        `后会自动保存。${this.lacking()}`)
      this.later(10000)
    }

    // -- what others changed --

    takeIn (theirs) {
      for (const { field, value } of theirs) {
        const question = this.questions.get(field)
        if (!question) continue
        const found = question.entriesFor(value)
        const serial = JSON.stringify(found)
        if (serial === question.serial) {
          question.base = serial
          this.release(question)
        } else if (question.serial === question.base && !this.held.has(field)) {
          question.entries = found
          question.base = question.serial
          this.note(question)
        } else this.hold(question, found)
      }
      this.showDependent()
    }

    note (question) {
      const old = $('[data-noted]', question.element)
      if (old) old.remove()
      question.element.append(make('p', { class: 'jx-help jx-noted', role: 'status', 'data-noted': '' }, `刚在别的窗口或设备上改过，已换成新的内容。`))
    }

    /** Both answers at the field, until one is chosen. */
    hold (question, found) {
      this.release(question)
      const mine = question.read(question.entries)
      const other = question.read(found)
      const choose = (text, name) => make('button', { type: 'button', class: 'btn btn-sm', 'data-choose': name }, text)
      const keep = choose('用我这里的', 'mine')
      const take = choose('用别处的', 'theirs')
      const title = `“${question.label}”在别的窗口或设备上改过，请选择用哪一个`
      const box = make('div', { class: 'jx-conflict', role: 'group', 'aria-label': title, tabindex: '-1', 'data-elsewhere': '' },
        make('p', { class: 'jx-conflict__title' }, `${title}。`),
        make('dl', { class: 'jx-conflict__both' },
          make('dt', {}, '我这里的'), make('dd', {}, ...(mine ? marked(mine, other) : ['（空）'])),
          make('dt', {}, '别处的'), make('dd', {}, ...(other ? marked(other, mine) : ['（已清空）']))),
        make('div', { class: 'jx-row' }, keep, take))
      box.id = `elsewhere-${question.id}`
      keep.addEventListener('click', () => { question.base = JSON.stringify(found); this.chosen(question) })
      take.addEventListener('click', () => { question.entries = found; question.base = question.serial; this.chosen(question) })
      question.element.prepend(box)
      this.held.set(question.id, box)
    }

    release (question) {
      const box = this.held.get(question.id)
      if (box) box.remove()
      this.held.delete(question.id)
    }

    chosen (question) {
      this.release(question)
      this.showDependent()
      this.keep()
      const control = question.controls[0]
      if (control) control.focus()
      if (this.unsaved.length) this.later(0)
      else if (!this.held.size) this.say('saved', '已按您的选择处理。')
      this.tell()
    }

    linksToHeld () {
      return Array.from(this.held.keys(), (id) => make('a', { href: `#elsewhere-${id}` }, this.questions.get(id).label)).flatMap((link, i) => i ? ['、', link] : [link])
    }

    leadToHeld () {
      const [first] = this.held.values()
      if (!first) return
      if (this.pages) this.pages.follow(first.id)
      first.focus()
      first.scrollIntoView({ block: 'center' })
    }

    // -- the copy in this browser --

    keep () {
      window.clearTimeout(this.keeping)
      if (this.stopped) return
      const copies = { localStorage: {}, sessionStorage: {} }
      for (const question of this.changed) {
        const sent = this.sending && this.sending.entries[question.id]
        copies[question.personal ? 'sessionStorage' : 'localStorage'][question.id] = {
          base: question.base, sent: sent ? JSON.stringify(sent) : null, mine: question.entries
        }
      }
      for (const [which, items] of Object.entries(copies)) {
        store(which, (kept) => Object.keys(items).length
          ? kept.setItem(COPY + this.url, JSON.stringify({ at: Date.now(), who: this.form.dataset.who, items }))
          : kept.removeItem(COPY + this.url))
      }
    }

    /** A closed tab, a new sign-in, a reload: what was not acknowledged comes back, unless it was changed elsewhere meanwhile. */
    recover () {
      const items = {}
      for (const which of ['localStorage', 'sessionStorage']) {
        const copy = store(which, (kept) => JSON.parse(kept.getItem(COPY + this.url)))
        if (copy && copy.who === this.form.dataset.who) Object.assign(items, copy.items)
      }
      let back = 0
      for (const [id, { base, sent, mine }] of Object.entries(items)) {
        const question = this.questions.get(id)
        if (!question || JSON.stringify(mine) === question.serial) continue
        const server = question.entries
        const untouched = question.serial === base || question.serial === sent
        question.entries = mine
        back += 1
        if (!untouched) this.hold(question, server)
      }
      this.showDependent()
      if (back) {
        this.say('saving', `已找回上次没有来得及保存的 ${back} 处，正在保存…`)
        this.tell()
        this.later(0)
      } else this.keep()
    }

    // -- the page --

    async leave (event) {
      const to = event.submitter && event.submitter.dataset.to
      if (!to || event.defaultPrevented) return
      event.preventDefault()
      if (this.leaving) return
      this.leaving = true
      event.submitter.setAttribute('aria-busy', 'true')
      const done = await this.flush()
      event.submitter.removeAttribute('aria-busy')
      this.leaving = false
      if (done) window.location.assign(to)
      else if (this.held.size) this.leadToHeld()
      else if (this.status) {
        this.status.setAttribute('tabindex', '-1')
        this.status.focus()
      }
    }

    /** Enter in a line goes to the next one; it would press the first button of a long form. */
    goOn (event) {
      if (event.key !== 'Enter' || event.isComposing || !event.target.matches('input:not([type="checkbox"]):not([type="radio"]):not([type="submit"])')) return
      event.preventDefault()
      const all = $$(WRITABLE, this.form).filter((control) => control.offsetParent)
      const next = all[all.indexOf(event.target) + 1]
      if (next) next.focus()
      else if (this.form.dataset.one === 'more') this.pages.go(1)
      else event.target.blur()
    }

    showDependent () {
      let moved = false
      for (const question of this.questions.values()) question.showOther()
      for (const { element } of this.questions.values()) {
        const { whenField, whenEquals } = element.dataset
        const other = whenField && this.questions.get(whenField)
        if (!other) continue
        const hide = !this.held.has(element.dataset.item) && !other.entries.some(([, value]) => value === whenEquals)
        moved = moved || hide !== element.hidden
        element.hidden = hide
      }
      if (moved) this.form.dispatchEvent(new CustomEvent('jx:shown'))
    }
  }

  // ---- one thing a screen: large type on a phone ------------------------------------------------------------------------

  class OneByOne {
    constructor (draft) {
      this.form = draft.form
      this.draft = draft
      this.narrow = window.matchMedia('(max-width: 640px)')
      this.whole = false
      this.at = 0
      document.addEventListener('jx:large', () => this.draw())
      this.narrow.addEventListener('change', () => this.draw())
      window.addEventListener('hashchange', () => this.follow(window.location.hash.slice(1)))
      this.form.addEventListener('jx:shown', () => this.draw())
      this.follow(window.location.hash.slice(1))
      this.draw()
    }

    get things () {
      const photo = document.getElementById('photo')
      return [...(photo ? [photo] : []), ...$$('.jx-item', this.form)].filter((thing) => !thing.hidden)
    }

    get on () { return document.documentElement.hasAttribute('data-large') && this.narrow.matches && !this.whole && this.things.length > 1 }

    follow (id) {
      const found = id && document.getElementById(id)
      const at = found ? this.things.findIndex((thing) => thing.contains(found)) : -1
      if (at < 0) return
      this.at = at
      this.draw()
    }

    draw () {
      const { things } = this
      const large = document.documentElement.hasAttribute('data-large') && this.narrow.matches && things.length > 1
      if (!this.bar && large) {
        this.bar = make('div', { class: 'jx-one' })
        $('.jx-actions', this.form).before(this.bar)
      }
      this.at = Math.min(this.at, things.length - 1)
      things.forEach((thing, i) => {
        thing.classList.toggle('jx-off', this.on && i !== this.at)
        thing.toggleAttribute('data-off', this.on && i !== this.at)
      })
      if (this.bar) this.bar.hidden = !large
      if (!large) {
        delete this.form.dataset.one
        return
      }
      const button = (text, kind, act) => {
        const made = make('button', { type: 'button', class: `btn ${kind}` }, text)
        made.addEventListener('click', act)
        return made
      }
      const last = this.at === things.length - 1
      if (this.on) this.form.dataset.one = last ? 'last' : 'more'
      else delete this.form.dataset.one
      const line = make('p', {}, this.on ? `第 ${this.at + 1} 项，共 ${things.length} 项` : '',
        button(this.on ? '看整页' : '一次只看一项', 'btn-link', () => { this.whole = !this.whole; this.draw() }))
      const moves = !this.on ? [] : [
        ...(this.at > 0 ? [button('上一项', '', () => this.go(-1))] : []),
        ...(last ? [] : [button('下一项', 'btn-primary', () => this.go(1))])
      ]
      this.bar.replaceChildren(line, ...moves)
    }

    go (by) {
      this.at += by
      this.draw()
      this.draft.save()
      const thing = this.things[this.at]
      thing.tabIndex = -1
      thing.focus({ preventScroll: true })
      const head = this.form.getBoundingClientRect().top + window.scrollY
      window.scrollTo(0, Math.max(0, (thing.id === 'photo' ? thing.getBoundingClientRect().top + window.scrollY : head) - 8))
    }
  }

  for (const form of $$('form[data-autosave-url]')) {
    const draft = new Draft(form)
    draft.pages = new OneByOne(draft)
  }
})()
