/*
 * 匠选 in the browser. Everything works without this file; it only saves, counts and spares reloads.
 * One plain script for Chromium 100 and later; no inline handlers, no eval, no inline styles: the policy refuses them.
 *
 * Words         [data-clean="line|text|number|phone|id_number"]: pasted text is brought to the form the server would bring it to
 *               (applications/cleaning.py), and so is what was typed into number fields when they are left.
 * Counting      [data-count-for="<id>"] with data-limit or data-about: code points without line breaks, as the server counts.
 * Rows          fieldset[data-rows="<prefix>"] > .jx-rows__list > [data-row], <template>, [data-row-do="add|up|down|remove"].
 *               Names <prefix>-<n>-<field>, <prefix>-TOTAL_FORMS kept right, <prefix>-<n>-ORDER and -DELETE honoured. data-max.
 * Uploads       form[data-upload][data-max-mb] with [data-upload-error] and <progress>: 2xx or a redirect reloads the page, 4xx {error} is shown in place.
 * Dialogs       a[data-dialog="<id>"] opens dialog#<id>; [data-dialog-close].
 * Keys (desks)  j and k walk over [data-row-link], where there are some; data-key="x" on a link follows it, on a summary opens it, on a button or field puts the
 *               focus there: one key alone never decides a case. Nothing while <html data-keys="off"> (see review.js).
 * Ballots       form[data-ballot="<round>"] with data-least, data-most and a [data-ballot-count]: a live count of its ticked boxes; what is ticked is
 *               kept in sessionStorage, so that reading a case loses nothing, and forgotten once form[data-ballot-sent="<round>"] is sent.
 * Copies        what draft.js keeps in this browser (keys "jx:draft:…") goes with signing out, with another person's signing in, and with age:
 *               form[data-autosave-url] saves itself, see draft.js. It is asked with the event jx:flush (detail: a list to push promises on).
 * Other         a[data-large-switch], [data-print], details[data-exclusive="<group>"], every POST form is guarded against a second click.
 */
(function () {
  'use strict'

  const $ = (selector, root = document) => root.querySelector(selector)
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector))

  function make (tag, attributes, ...children) {
    const element = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value)
    element.append(...children)
    return element
  }

  /** The elements of a page as it came from the server; nothing of them runs, and its styles do not ask this page's policy. */
  function inert (html) {
    const found = document.createElement('template')
    found.innerHTML = html
    return found.content
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

  // ---- words: the same as applications/cleaning.py ------------------------------------------------------------------

  /* eslint-disable no-control-regex */
  const DROPPED = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufffc]/g
  const BREAKS = /\r\n|[\r\u000b\u000c\u0085\u2028\u2029]/g
  const SPACES = /[\t\u00a0\u1680\u2000-\u200a\u202f\u205f]/g
  const BULLETS = /[\uf06c\uf06e\uf0a7\uf0b7\uf0d8\uf0fc]/g
  const plain = (value) => value.replace(BREAKS, '\n').replace(DROPPED, '').replace(SPACES, ' ').replace(BULLETS, '•')
  const narrow = (value) => words.line(value).normalize('NFKC')

  const words = {
    text: (value) => plain(value).replace(/ {2,}/g, ' ').replace(/[ \u3000]+\n/g, '\n').replace(/\n{3,}/g, '\n\n')
      .replace(/^[ \n\u3000]+|[ \n\u3000]+$/g, ''),
    line: (value) => plain(value).replace(/[ \n\u3000]+/g, ' ').replace(/^ +| +$/g, ''),
    number: (value) => narrow(value).replace(/[ ,]/g, '').replace(/周?年$/, ''),
    phone: (value) => {
      const digits = narrow(value).replace(/ /g, '').replace(/[\u2010-\u2015\u2212]/g, '-').replace(/^(?:\+86|0086)-?/, '')
      return digits.startsWith('1') ? digits.replace(/-/g, '') : digits
    },
    id_number: (value) => narrow(value).replace(/ /g, '').toUpperCase(),
    count: (value) => Array.from(value.replace(/[\r\n]/g, '')).length
  }

  const cleanOf = (field) => words[field.dataset.clean]

  document.addEventListener('paste', (event) => {
    const field = event.target
    if (!field.matches || !field.matches('input[data-clean], textarea[data-clean]') || !event.clipboardData) return
    const brought = event.clipboardData.getData('text/plain')
    const clean = cleanOf(field)(brought)
    if (clean === brought) return
    event.preventDefault()
    // keeps the browser's own undo; where that is refused, the text goes in all the same
    if (!document.execCommand('insertText', false, clean)) {
      field.setRangeText(clean, field.selectionStart, field.selectionEnd, 'end')
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
  })

  document.addEventListener('change', (event) => {
    const field = event.target
    if (!field.matches('input[data-clean]') || field.dataset.clean === 'text') return
    const clean = cleanOf(field)(field.value)
    if (clean !== field.value) field.value = clean
  }, true)

  // ---- counting ------------------------------------------------------------------------------------------------

  function count (output) {
    const field = document.getElementById(output.dataset.countFor)
    if (!field) return
    const n = words.count((cleanOf(field) || words.text)(field.value))
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
    const back = make('button', { type: 'button', class: 'btn btn-sm' }, '恢复')
    const line = say(editor, '已删除 1 项。', back)
    back.addEventListener('click', () => {
      if (mark) mark.checked = false
      row.hidden = false
      list.insertBefore(row, after && after.parentElement === list ? after : null)
      line.remove()
      renumber(editor)
      changed(editor)
    })
    back.focus()
  }

  const dateOf = (editor, row) => {
    const field = $(`[name$="-${editor.dataset.order}"]`, row)
    return field ? field.value : ''
  }

  /** 以获得时间依次填写: oldest first, as the server prints them; equal dates stay as they stand, rows without one at the end. */
  function sortRows (editor) {
    if (!editor.dataset.order) return
    const rows = rowsOf(editor)
    const dates = new Map(rows.map((row) => [row, dateOf(editor, row)]))
    const wanted = rows.slice().sort((one, other) => {
      const [a, b] = [dates.get(one), dates.get(other)]
      if (a === b) return 0
      return a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1
    })
    if (wanted.every((row, i) => row === rows[i])) return
    const here = document.activeElement
    wanted.forEach((row) => row.parentElement.append(row))
    renumber(editor)
    if (here && here !== document.activeElement && editor.contains(here)) here.focus()
    say(editor, '已按时间先后排列。')
    changed(editor)
  }

  function say (editor, ...what) {
    const old = $('[data-row-said]', editor)
    if (old) old.remove()
    const line = make('p', { role: 'status', 'data-row-said': '', class: 'jx-row' }, ...what)
    $('[data-row-do="add"]', editor).before(line)
    return line
  }

  document.addEventListener('focusout', (event) => {
    const row = event.target.closest && event.target.closest('[data-row]')
    const editor = row && row.closest('[data-rows][data-order]')
    if (!editor || row.contains(event.relatedTarget)) return
    // after the click that took the focus has found its button
    window.setTimeout(() => { if (!row.contains(document.activeElement)) sortRows(editor) }, 150)
  })

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

  // ---- copies in this browser ------------------------------------------------------------------------------------------

  const COPY = 'jx:draft:'
  const GONE = 'jx:signed-out'
  const DAYS = 3 * 24 * 3600 * 1000

  function store (which, work) {
    try {
      return work(window[which])
    } catch (error) {
      return null // full, or forbidden by the browser: the server's copy is then the only one
    }
  }

  const ofDrafts = (kept) => Object.keys(kept).filter((key) => key.startsWith(COPY))

  function forgetCopies (unless = () => false) {
    for (const which of ['localStorage', 'sessionStorage']) {
      store(which, (kept) => ofDrafts(kept).filter((key) => !unless(kept.getItem(key))).forEach((key) => kept.removeItem(key)))
    }
  }

  /** On a machine that several people use: nobody finds what another typed, and nothing lies there for long. */
  function forgetOthers () {
    const who = $('meta[name="jx-who"]')
    forgetCopies((text) => {
      try {
        const copy = JSON.parse(text)
        return Date.now() - copy.at < DAYS && (!who || copy.who === who.content)
      } catch (error) {
        return false
      }
    })
  }

  window.addEventListener('storage', (event) => {
    if (event.key === GONE) {
      forgetCopies()
      document.dispatchEvent(new CustomEvent('jx:signed-out'))
    }
  })

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
        const saves = []
        document.dispatchEvent(new CustomEvent('jx:flush', { detail: saves }))
        await Promise.all(saves)
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
      document.dispatchEvent(new CustomEvent('jx:signing-out'))
      forgetCopies()
      store('localStorage', (kept) => kept.setItem(GONE, String(Date.now())))
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
      event.preventDefault()
      const on = document.documentElement.toggleAttribute('data-large')
      const secure = window.location.protocol === 'https:' ? '; Secure' : ''
      document.cookie = `jx_large=${on ? 1 : 0}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
      $$('[data-large-switch]').forEach(showLargeSwitch)
      document.dispatchEvent(new CustomEvent('jx:large'))
    }
  })

  function showLargeSwitch (link) {
    const on = document.documentElement.hasAttribute('data-large')
    link.textContent = on ? '标准字号' : '大字版'
    link.href = link.href.replace(/on=\d/, `on=${on ? 0 : 1}`)
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

  function prepare (root) {
    $$('[data-count-for]', root).forEach(count)
    $$('[data-rows]', root).forEach(renumber)
    $$('form[data-ballot]', root).forEach(startBallot)
  }

  window.Jx = Object.freeze({ $, $$, make, inert, words, count, rowsOf, addRow, renumber, escaped, store, COPY })
  forgetOthers()
  prepare(document)
})()
