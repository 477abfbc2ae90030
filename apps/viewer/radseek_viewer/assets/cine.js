// Plays the slices or frames of a series one after the other. Never starts by itself; stops when the page is not seen.

export class Cine {
  #playing = false
  #run = 0 // who pauses and plays again within one frame has one playing, not two

  // advance: shows the next frame, and promises whether it could be shown. changed: called when it starts or stops.
  constructor(advance, changed) {
    this.advance = advance
    this.changed = changed
    this.perSecond = 10
    this.hide = () => document.hidden && this.stop()
    document.addEventListener("visibilitychange", this.hide)
  }

  get playing() {
    return this.#playing
  }

  toggle() {
    if (this.#playing) this.stop()
    else this.#play()
  }

  stop() {
    if (!this.#playing) return
    this.#playing = false
    this.changed()
  }

  end() {
    this.stop()
    document.removeEventListener("visibilitychange", this.hide)
  }

  async #play() {
    this.#playing = true
    this.changed()
    const run = ++this.#run
    const isOn = () => this.#playing && run === this.#run
    while (isOn()) {
      const due = performance.now() + 1000 / this.perSecond
      const isShown = await this.advance() // a frame that is still loading is waited for, never skipped
      if (!isShown && isOn()) return this.stop()
      await new Promise((done) => setTimeout(done, Math.max(0, due - performance.now())))
    }
  }
}
