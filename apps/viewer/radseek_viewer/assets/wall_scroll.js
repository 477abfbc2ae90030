// All cards of an answer in one scroll with the page: only those near the screen are there, a list of full height holds
// their places. Focus, selection and the place that a person had reached are kept for each answer in this browser.
import { onBack } from "./connection.js"
import { element } from "./elements.js"
import { scrollerOf, whenTouched } from "./scrolling.js"
import { WallFoot } from "./wall_foot.js"
import { layoutOf, placeAfterKey, placesInSight, placesToDraw, topOf } from "./wall_layout.js"
import { memoryOf } from "./wall_memory.js"
import { WallNodes } from "./wall_nodes.js"

const FETCH_EVERY_MS = 100 // while a person drags the scroll bar through the whole answer, not each block is fetched
const SETTLED_FRAMES = 12 // the page around the wall stands still after so many frames without a change

export class ScrollingWall {
  constructor(root, send, act) {
    this.root = root
    this.send = send
    this.list = element("div", { class: "cards all", role: "list" })
    this.nodes = new WallNodes(this.list, {
      now: () => this,
      act: { ...act, open: (card) => this.open(card) },
      toggle: (place) => this.changeSelection(() => this.selection.toggle(place)),
    })
    this.foot = new WallFoot(this.footActions())
    this.root.append(this.list, this.foot.node, this.foot.spoken)
    this.list.addEventListener("keydown", (event) => this.pressed(event))
    this.list.addEventListener("focusin", (event) => this.focused(event))
    this.list.addEventListener("focusout", () => this.memory && (this.memory.hasFocus = this.isLeaving))
    this.list.addEventListener("click", (event) => this.clicked(event), { capture: true })
    this.resizes = new ResizeObserver(() => this.resized())
    this.stopHearing = onBack(() => this.retry())
    this.render = this.render.bind(this)
    this.scrolled = () => (this.frame ||= requestAnimationFrame(this.render))
  }

  // Called with each run of the page: another answer, another switch, or only other words above.
  load(answer, cards) {
    const isAnother = answer.token !== this.answer?.token
    const mapsChange = answer.show_where !== this.answer?.show_where
    this.answer = answer
    if (isAnother) this.begin(cards)
    else if (mapsChange) this.nodes.showStates() // cards that come back into sight get or lose theirs then
    this.heard(answer.done)
    this.draw()
  }

  begin(cards) {
    if (this.memory) this.blocks.changed = () => {}
    const { memory, isKnown } = memoryOf(this.answer, cards)
    this.memory = memory
    this.isReturning = isKnown // until it stands where it was left, that place is not overwritten
    this.blocks.changed = () => this.draw()
    this.nodes.forget()
    this.layout = null
    this.resizes.observe(this.list)
    this.listen()
    this.resized()
    if (isKnown) this.comeBack()
    else if (this.inSight().top > 0) this.scroller.scrollTop = 0 // another answer is read from its beginning
  }

  get blocks() {
    return this.memory.blocks
  }

  get selection() {
    return this.memory.selection
  }

  listen() {
    const scroller = scrollerOf(this.list)
    if (scroller === this.scroller) return
    this.unlisten()
    this.scroller = scroller
    this.port().addEventListener("scroll", this.scrolled, { passive: true })
  }

  unlisten() {
    if (this.scroller) this.port().removeEventListener("scroll", this.scrolled)
    this.scroller = null
  }

  port() {
    return this.scroller === document.scrollingElement ? window : this.scroller
  }

  stop() {
    this.isStopped = true
    cancelAnimationFrame(this.frame)
    clearTimeout(this.fetching)
    this.resizes.disconnect()
    this.stopHearing()
    this.unlisten()
    this.blocks.changed = () => {}
    for (const node of [this.list, this.foot.node, this.foot.spoken]) node.remove()
  }

  // The part of the list that is in sight, in pixels from its top.
  inSight() {
    return { top: this.upperEdge() - this.list.getBoundingClientRect().top, height: this.scroller.clientHeight }
  }

  upperEdge() {
    return this.scroller === document.scrollingElement ? 0 : this.scroller.getBoundingClientRect().top
  }

  resized() {
    const width = this.list.clientWidth
    if (!width || this.isStopped) return
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
    const layout = layoutOf(this.answer.n_hits, width, rem)
    const before = this.layout
    if (before && ["columns", "cardWidth", "rowHeight", "n"].every((part) => before[part] === layout[part])) return
    const held = before && this.heldPlace()
    this.layout = layout
    this.list.style.height = `${layout.height}px`
    this.list.style.setProperty("--card-width", `${layout.cardWidth}px`)
    this.list.style.setProperty("--card-height", `${layout.cardHeight}px`)
    this.nodes.layOut()
    if (held) this.scrollTo(held)
    this.render()
  }

  // Drawing

  render() {
    this.frame = 0
    if (this.isStopped || !this.layout) return
    const sight = this.inSight()
    this.remember(sight)
    this.draw(sight)
  }

  draw(sight = this.layout && this.inSight()) {
    if (!this.layout || this.isStopped) return
    const [first, last] = placesToDraw(this.layout, sight.top, sight.height)
    this.nodes.show(first, last)
    this.wanted = [first, last]
    this.fetching ??= setTimeout(() => this.fetch(), this.isFetchedOnce ? FETCH_EVERY_MS : 0)
    this.showFoot(placesInSight(this.layout, sight.top, sight.height))
  }

  fetch() {
    this.fetching = null
    this.isFetchedOnce = true
    const [first, last] = this.wanted
    const ahead = Math.round(this.answer.block_size / 2)
    this.blocks.want(Math.max(0, first - ahead), Math.min(this.answer.n_hits - 1, last + ahead))
  }

  retry() {
    this.blocks.retry()
    this.draw()
  }

  // The place that a person has reached

  remember({ top }) {
    if (this.isLeaving || this.isReturning) return
    this.memory.top = this.heldPlace(top)
  }

  // The first place in sight and how far its row is scrolled, which holds when the columns change.
  heldPlace(top = this.inSight().top) {
    const [place] = placesInSight(this.layout, Math.max(top, 0), 0)
    return { place, beyond: top - topOf(this.layout, place) }
  }

  scrollTo({ place, beyond }) {
    const wanted = topOf(this.layout, place) + beyond
    const by = wanted - this.inSight().top
    if (Math.abs(by) >= 1) this.scroller.scrollTop += by
    return Math.abs(by) < 1
  }

  // Scrolls to where this answer was left, again while the page around the wall is still being built.
  comeBack() {
    const held = this.memory.top
    let still = 0
    const heeding = whenTouched(() => (this.isReturning = false))
    const step = () => {
      if (this.isStopped || !this.isReturning) return heeding.abort()
      still = !held || !this.layout || this.scrollTo(held) ? still + 1 : 0
      if (still < SETTLED_FRAMES) return requestAnimationFrame(step)
      heeding.abort()
      this.isReturning = false
      this.render()
      const nothingHasFocus = !document.activeElement || document.activeElement === document.body
      if (this.memory.hasFocus && nothingHasFocus) this.focusOn(this.memory.active)
    }
    step()
  }

  open(card) {
    this.memory.hasFocus = true
    this.isLeaving = true // the page scrolls by itself while it goes: that is not where the person was
    whenTouched(() => (this.isLeaving = false))
    this.send("open", { study_key: card.study_key, image_key: card.image_key })
  }

  // Keys and focus

  focused(event) {
    this.memory.hasFocus = true
    this.makeActive(this.nodes.placeOf(event.target))
  }

  makeActive(place) {
    const before = this.memory.active
    this.memory.active = place
    for (const one of [before, place]) this.nodes.showState(one)
  }

  pressed(event) {
    const place = this.nodes.placeOf(event.target)
    if (place === null || event.altKey) return
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "a") this.taken(event, () => this.changeSelection(() => this.selection.all()))
      return
    }
    const isOnCard = event.target.matches(".card")
    if (event.key === "x" || (event.key === " " && isOnCard)) {
      this.taken(event, () => this.changeSelection(() => this.selection.toggle(place)))
    } else if (event.key === "Escape" && this.selection.size) {
      this.taken(event, () => this.changeSelection(() => this.selection.clear()))
    } else {
      const next = placeAfterKey(this.layout, place, event.key, this.inSight().height)
      if (next !== null) this.taken(event, () => this.moveTo(place, next, event.shiftKey))
    }
  }

  taken(event, does) {
    event.preventDefault()
    event.stopPropagation()
    does()
  }

  moveTo(place, next, isExtending) {
    if (isExtending) this.changeSelection(() => this.selection.extend(place, next))
    else this.selection.rest()
    this.reveal(next)
    this.render()
    this.focusOn(next)
  }

  focusOn(place) {
    this.makeActive(place)
    this.nodes.focusOn(place)
  }

  // The card that Tab leads to, or one in sight.
  focusNear() {
    const { active } = this.memory
    const [inSight] = placesInSight(this.layout, Math.max(this.inSight().top, 0), 0)
    this.focusOn(this.nodes.has(active) ? active : inSight)
  }

  reveal(place) {
    const margin = this.layout.rowHeight - this.layout.cardHeight
    const sight = this.inSight()
    const covered = Math.max(0, (document.querySelector("header")?.getBoundingClientRect().bottom ?? 0) - this.upperEdge())
    const [top, bottom] = [sight.top + covered, sight.top + sight.height - this.foot.height]
    const [upper, lower] = [topOf(this.layout, place) - margin, topOf(this.layout, place) + this.layout.cardHeight + margin]
    if (upper < top) this.scroller.scrollTop += upper - top
    else if (lower > bottom) this.scroller.scrollTop += Math.min(lower - bottom, upper - top)
  }

  // Selecting

  clicked(event) {
    const place = this.nodes.placeOf(event.target)
    if (place === null || !event.shiftKey || !event.target.closest(".card, .pick")) return
    this.taken(event, () => {})
    this.makeActive(place)
    // a check box changes after its click has been prevented: it is told again then
    setTimeout(() => this.changeSelection(() => this.selection.extend(place, place)))
  }

  changeSelection(change) {
    change()
    this.memory.isDoneHidden = true
    this.nodes.showStates()
    this.list.classList.toggle("some", this.selection.size > 0)
    this.draw()
  }

  heard(done) {
    if (done && done.number !== this.memory.doneNumber) {
      this.selection.clear()
      this.nodes.showStates()
      this.memory.isDoneHidden = false
      this.memory.doneNumber = done.number
    }
    this.list.classList.toggle("some", this.selection.size > 0)
  }

  showFoot([first, last]) {
    const { answer, memory, selection } = this
    const done = memory.isDoneHidden ? null : answer.done
    this.foot.show({ n: answer.n_hits, nSelected: selection.size, done, trouble: this.blocks.trouble(first, last) })
  }

  footActions() {
    const ask = (action) => this.send("selected", { action, token: this.answer.token, places: this.selection.sorted() })
    return {
      again: () => this.send("again", true),
      reload: () => window.location.reload(),
      retry: () => this.retry(),
      keep: () => ask("keep"),
      compare: () => this.selection.size === 2 && ask("compare"),
      all: () => this.changeSelection(() => this.selection.all()),
      clear: () => this.changeSelection(() => this.selection.clear()),
      undo: () => this.send("done", "undo"),
      open: () => this.send("done", "open"),
      left: () => this.focusNear(),
      hide: () => {
        this.memory.isDoneHidden = true
        this.draw()
      },
    }
  }
}
