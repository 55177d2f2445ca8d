/*
 * Uploads that say how far they are. Without this file each of these forms is posted as it stands and answers with a page.
 *
 * form[data-uploads][data-max-mb]  with <input type="file">, [data-uploads-list] (an empty list), [data-uploads-error], a submit button and,
 *               where several photographs may become one paper, [data-uploads-together] around a checkbox; data-uploads="one" where the
 *               place holds one paper, so that several photographs always are its pages.
 * Files chosen are sent one after the other, Accept: application/json; each line of the list has its bar, 取消 and 重试.
 *               200 {ok, html, add}  html: the place anew, put where [data-paper] of the form stands; add: where the next page of the
 *                                    same paper goes. Without html the page is loaded again once all are through.
 *               4xx {error}          said on the file's own line; what was sent before it stays.
 * A page that fails holds the pages behind it, so that their order is that of the choice.
 */
(function () {
  'use strict'

  const { $, $$, make, inert } = window.Jx
  const MB = 1024 * 1024

  const size = (bytes) => bytes < MB ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MB).toFixed(1)} MB`
  const isPicture = (file) => /^image\//.test(file.type) || /\.(jpe?g|png|hei[cf])$/i.test(file.name)

  function tooLarge (file, limit) {
    const words = isPicture(file) ? '照片太大' : '文件太大'
    const advice = isPicture(file) ? '请在相机设置里选普通分辨率重拍，或缩小后再传。' : '请降低扫描分辨率，或分成几个文件再传。'
    return `${words}：${size(file.size)}，超过 ${limit} MB。${advice}`
  }

  /** One file on its way: its line in the list, and what became of it. */
  class Line {
    constructor (file, list) {
      this.file = file
      this.state = 'waiting'
      this.bar = make('progress', { max: '100', value: '0', 'aria-label': `${file.name} 上传进度` })
      this.word = make('span', { class: 'jx-up__word', role: 'status' }, '等待上传')
      this.cancel = make('button', { type: 'button', class: 'btn btn-sm btn-link' }, '取消')
      this.again = make('button', { type: 'button', class: 'btn btn-sm', hidden: '' }, '重试')
      this.element = make('li', { class: 'jx-up' },
        make('span', { class: 'jx-up__name' }, `${file.name}（${size(file.size)}）`),
        this.bar, this.word, make('span', { class: 'jx-up__do' }, this.again, this.cancel))
      list.append(this.element)
    }

    show (state, words) {
      this.state = state
      this.element.dataset.state = state
      this.word.textContent = words
      this.again.hidden = state !== 'failed' || this.final === true
      this.cancel.hidden = state === 'done'
      this.cancel.textContent = state === 'failed' ? '不传这个' : '取消'
    }
  }

  class Uploads {
    constructor (form) {
      this.form = form
      this.input = $('input[type="file"]', form)
      this.list = $('[data-uploads-list]', form)
      this.error = $('[data-uploads-error]', form)
      this.together = $('[data-uploads-together]', form)
      this.button = $('button[type="submit"]', form)
      this.limit = Number(form.dataset.maxMb)
      this.lines = []
      this.url = form.action
      this.html = ''
      form.dataset.ready = ''
      if (this.together) this.together.hidden = true
      this.button.hidden = true
      this.input.addEventListener('change', () => this.chosen())
      form.addEventListener('submit', (event) => {
        event.preventDefault()
        if (!this.input.files.length) this.say('请先选择文件。')
        else if (!this.lines.length) this.chosen()
      })
    }

    say (text) {
      this.error.hidden = !text
      this.error.lastElementChild.textContent = text
      if (text) {
        this.input.setAttribute('aria-invalid', 'true')
        this.input.setAttribute('aria-describedby', this.error.id)
      } else {
        this.input.removeAttribute('aria-invalid')
        this.input.removeAttribute('aria-describedby')
      }
    }

    chosen () {
      const files = Array.from(this.input.files)
      if (!files.length) return
      this.say('')
      const old = $('[data-uploads-ask]', this.form)
      if (old) old.remove()
      const large = files.find((file) => this.limit && file.size > this.limit * MB)
      if (large) {
        this.input.value = ''
        return this.say(files.length > 1 ? `“${large.name}”${tooLarge(large, this.limit)}` : tooLarge(large, this.limit))
      }
      const pictures = files.length > 1 && files.every(isPicture)
      if (pictures && this.form.dataset.uploads === 'one') return this.start(files, true)
      if (pictures && this.together) return this.ask(files)
      if (files.length > 1 && this.form.dataset.uploads === 'one') {
        this.input.value = ''
        return this.say('这里只放一个文件。几张照片可以一起选，PDF 请只选一个。')
      }
      this.start(files, false)
    }

    /** Several photographs where several papers may lie: pages of one, or a paper each? */
    ask (files) {
      const one = make('button', { type: 'button', class: 'btn btn-primary' }, `合成一份（共 ${files.length} 页）`)
      const each = make('button', { type: 'button', class: 'btn' }, `分别上传（${files.length} 份）`)
      const box = make('div', { class: 'jx-up__ask', 'data-uploads-ask': '', role: 'group', 'aria-label': '这些照片怎么放' },
        make('p', {}, `选了 ${files.length} 张照片。是同一份材料的几页，还是各是一份？`), one, each)
      const go = (together) => {
        box.remove()
        this.start(files, together)
      }
      one.addEventListener('click', () => go(true))
      each.addEventListener('click', () => go(false))
      this.list.before(box)
      one.focus()
    }

    start (files, paged) {
      this.paged = paged
      this.url = this.form.action
      this.lines = files.map((file) => new Line(file, this.list))
      for (const line of this.lines) {
        line.cancel.addEventListener('click', () => this.drop(line))
        line.again.addEventListener('click', () => {
          line.show('waiting', '等待上传')
          this.next()
        })
      }
      this.input.disabled = true
      this.form.dataset.busy = ''
      this.next()
    }

    drop (line) {
      if (line.request) line.request.abort()
      line.element.remove()
      this.lines = this.lines.filter((one) => one !== line)
      this.next()
    }

    next () {
      if (this.lines.some((line) => line.state === 'sending')) return
      const blocked = this.paged && this.lines.some((line) => line.state === 'failed')
      const line = this.lines.find((one) => one.state === 'waiting')
      if (line && !blocked) return this.send(line)
      if (blocked && line) return
      if (!this.lines.some((one) => one.state === 'failed')) this.finish()
    }

    send (line) {
      const data = new FormData(this.form)
      data.delete(this.input.name)
      data.delete('together')
      data.append(this.input.name, line.file, line.file.name)
      const request = new XMLHttpRequest()
      line.request = request
      line.bar.value = 0
      line.show('sending', '正在上传')
      request.open('POST', this.url)
      request.setRequestHeader('Accept', 'application/json')
      request.setRequestHeader('X-Requested-With', 'XMLHttpRequest')
      request.upload.addEventListener('progress', (event) => {
        if (!event.lengthComputable) return
        line.bar.value = 100 * event.loaded / event.total
        if (event.loaded === event.total) line.word.textContent = '已传完，正在检查'
      })
      const fail = (words, final) => {
        line.request = null
        line.final = final
        line.show('failed', words)
        this.next()
      }
      request.addEventListener('error', () => fail('网络断开，没有传完。连上网后请点“重试”。', false))
      request.addEventListener('load', () => {
        let answer = {}
        try {
          answer = JSON.parse(request.responseText)
        } catch (_) { /* a page of the web server */ }
        if (request.status < 400) {
          line.request = null
          line.bar.value = 100
          line.show('done', '已上传')
          if (answer.html) this.html = answer.html
          if (this.paged && answer.add) this.url = answer.add
          return this.next()
        }
        const known = request.status === 413 ? '照片太大，服务器没有接收。请缩小后再传。' : ''
        fail(answer.error || known || '上传没有成功，请稍后点“重试”。', request.status === 422 || request.status === 413)
      })
      request.send(data)
    }

    /** All are through or taken back: the place is shown anew, or the form made ready again. */
    finish () {
      const sent = this.lines.some((line) => line.state === 'done')
      this.lines = []
      this.list.textContent = ''
      this.input.disabled = false
      delete this.form.dataset.busy
      this.input.value = ''
      if (!sent) return
      const place = this.form.closest('[data-paper]')
      if (!this.html || !place) return window.location.reload()
      const fresh = inert(this.html).querySelector('[data-paper]')
      const label = fresh.querySelector('[data-paper-said]')
      if (label) label.setAttribute('role', 'status')
      place.replaceWith(fresh)
      prepare(fresh)
      fresh.setAttribute('tabindex', '-1')
      fresh.focus({ preventScroll: true })
    }
  }

  function prepare (root) {
    $$('form[data-uploads]', root).filter((form) => !('ready' in form.dataset)).forEach((form) => new Uploads(form))
  }

  // leaving would break off what is on its way: the browser asks
  window.addEventListener('beforeunload', (event) => {
    if (!$('.jx-up[data-state="sending"]')) return
    event.preventDefault()
    event.returnValue = ''
  })

  prepare(document)
})()
