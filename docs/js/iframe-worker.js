// A browser starts no worker for a page that is opened from a file. There, the search runs in a
// hidden frame that looks like a worker, so that the site can be searched without a server.
(() => {
  if (location.protocol !== "file:") return
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.queue = []
      const frame = document.createElement("iframe")
      frame.hidden = true
      frame.srcdoc = "<!doctype html><title>search</title>"
      frame.onload = () => {
        const inner = frame.contentWindow
        inner.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
        inner.importScripts = (...urls) => urls.reduce((before, next) => before.then(() => load(inner, next)), Promise.resolve())
        load(inner, url).then(() => {
          this.frame = inner
          this.queue.splice(0).forEach(data => this.postMessage(data))
        })
      }
      document.body.append(frame)
    }
    postMessage(data) {
      if (this.frame) this.frame.dispatchEvent(new this.frame.MessageEvent("message", { data }))
      else this.queue.push(data)
    }
    terminate() { this.frame?.frameElement.remove() }
  }
  const load = (inner, url) => new Promise((done, failed) => {
    const script = inner.document.createElement("script")
    Object.assign(script, { src: new URL(url, location.href).href, onload: done, onerror: failed })
    inner.document.head.append(script)
  })
})()
