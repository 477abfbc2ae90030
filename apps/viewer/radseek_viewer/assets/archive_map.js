// The map of the archive: a point a study on a canvas, a legend, tools to move and to draw round points.
import { element } from "./elements.js"
import { attachGestures } from "./gestures.js"
import { MapCard } from "./map_card.js"
import { GREY, OTHER, themeOf } from "./map_colours.js"
import { PointField, packRows, unpackRows } from "./map_field.js"
import { MapLegend } from "./map_legend.js"
import { KeyRectangle, Lasso } from "./map_outline.js"
import { FAINT, HIDDEN, LIT, MapPainter, PLAIN } from "./map_painter.js"
import { fetchGroups, fetchPoints } from "./map_points.js"
import { MapView } from "./map_view.js"
import { keptIn } from "./mounting.js"

const REACH_PX = 12 // how near to a point is pointing at it
const CLICK_PX = 4
const PAN_PX = 60
const KEPT_SELECTIONS = 20

export default function mountMap({ data, parentElement, setTriggerValue }) {
  const [map, end] = keptIn(parentElement, "archivemap", (root) => new ArchiveMap(root))
  map.load(data, setTriggerValue)
  return end
}

class ArchiveMap {
  #url = ""
  #groupsKey = ""
  #asked = "" // the newest groups that are asked for
  #groups = { scale: "groups", legend: [], codes: new Uint8Array(0) }
  #off = new Set()
  #lit = null
  #selected = new Uint8Array(0)
  #history = []
  #manners = new Uint8Array(0)
  #pointed = -1
  #byKeys = false
  #tapped = -1
  #moved = 0
  #adds = false
  #pending = 0
  #stale = true

  constructor(root) {
    this.tool = "move"
    this.field = null
    this.canvas = element("canvas", { tabindex: "0", role: "application", "aria-roledescription": "map", "aria-label": LABEL })
    this.over = element("canvas", { class: "over", "aria-hidden": "true" })
    this.painter = new MapPainter(this.canvas)
    this.view = new MapView(this.canvas)
    this.lasso = new Lasso()
    this.rectangle = new KeyRectangle(this.canvas, (outline) => this.#selectInside(outline, this.#adds))
    this.card = new MapCard()
    this.legend = new MapLegend({ toggle: (code) => this.#toggle(code), select: (code) => this.#selectGroup(code), light: (code) => this.#light(code) })
    this.spoken = element("div", { class: "spoken", "aria-live": "polite" })
    this.message = element("div", { class: "message", role: "status" }, "Fetching the map …")
    this.count = element("span", { class: "selectedcount" })
    this.#build(root)
    attachGestures(this.canvas, this.#verbs(), KEYS)
    this.canvas.addEventListener("pointerdown", (event) => (this.#adds = event.shiftKey), true)
    this.canvas.addEventListener("keydown", () => this.#useKeys(true))
    this.canvas.addEventListener("blur", () => this.#useKeys(false))
    this.observer = new ResizeObserver(() => this.#schedule())
    this.observer.observe(this.canvas)
  }

  async load(data, send) {
    this.send = send
    try {
      if (data.url !== this.#url) await this.#fetchMap(data)
      const groupsKey = this.#asked = `${data.url} ${data.groups_url} ${JSON.stringify(data.hits)}`
      if (groupsKey !== this.#groupsKey) await this.#fetchGroups(data, groupsKey)
      if (groupsKey === this.#groupsKey) this.message.hidden = true
    } catch (error) {
      this.message.textContent = error.message
      this.message.hidden = false
    }
  }

  stop() {
    this.observer.disconnect()
    cancelAnimationFrame(this.#pending)
    this.card.hide()
  }

  async #fetchMap({ url, selected }) {
    this.#url = url
    this.field = null
    this.message.hidden = false
    this.field = new PointField(await fetchPoints(url))
    if (url !== this.#url) return
    this.#selected = new Uint8Array(this.field.n)
    this.#manners = new Uint8Array(this.field.n)
    for (const row of selected ? unpackRows(selected) : []) if (row < this.field.n) this.#selected[row] = 1
    this.#history = []
    this.#groupsKey = ""
    this.view.spread = this.field.spread
    this.view.fit()
    this.canvas.setAttribute("aria-label", `${LABEL} ${this.field.n.toLocaleString("en")} studies.`)
  }

  async #fetchGroups({ url, groups_url, hits }, key) {
    Object.assign(this.message, { textContent: "Colouring …", hidden: false })
    const groups = hits ? litGroups(hits, this.field.n) : await fetchGroups(groups_url)
    if (url !== this.#url || this.#asked !== key) return
    this.#groupsKey = key
    this.#groups = groups
    this.#off.clear()
    this.#lit = null
    this.#changed()
  }

  // Drawing

  #changed() {
    this.#stale = true
    this.legend.show(this.#groups, this.#off, themeOf(this.canvas))
    const n = this.#nSelected()
    this.count.textContent = n ? `${n.toLocaleString("en")} selected` : "Nothing selected"
    this.clearButton.disabled = !n
    this.backButton.disabled = !this.#history.length
    this.canvas.dataset.selected = String(n)
    this.#schedule()
  }

  #schedule() {
    if (!this.#pending) this.#pending = requestAnimationFrame(() => this.#draw())
  }

  #draw() {
    this.#pending = 0
    const density = window.devicePixelRatio || 1
    const { clientWidth, clientHeight } = this.canvas
    const size = { width: Math.round(clientWidth * density), height: Math.round(clientHeight * density) }
    for (const canvas of [this.canvas, this.over]) {
      if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size)
    }
    if (!this.field || !size.width || !size.height || !this.#groups.codes.length) return
    if (this.#stale) this.#arrange()
    const style = getComputedStyle(this.canvas)
    const look = {
      scale: this.#groups.scale, theme: themeOf(this.canvas), ground: style.getPropertyValue("--st-background-color"),
      ink: style.getPropertyValue("--st-text-color"), radius: radiusOf(this.field.n, this.view.zoom) * density,
    }
    this.painter.draw(this.field, this.#groups.codes, this.#manners, look, this.view.placeOn(density))
    this.#drawOver(density, look.ink)
    this.canvas.dataset.zoom = this.view.zoom.toFixed(3)
  }

  #arrange() {
    const { codes, lifts } = this.#groups
    const any = this.#nSelected() > 0
    for (let row = 0; row < this.field.n; row += 1) {
      const code = codes[row]
      if (this.#off.has(code)) this.#manners[row] = HIDDEN
      else if (code === this.#lit || (lifts && code < OTHER)) this.#manners[row] = LIT
      else this.#manners[row] = any && !this.#selected[row] ? FAINT : PLAIN
    }
    this.painter.arrange(this.field.mixed, this.#manners, codes)
    this.#stale = false
  }

  #drawOver(density, ink) {
    const context = this.over.getContext("2d")
    context.setTransform(density, 0, 0, density, 0, 0)
    context.clearRect(0, 0, this.over.clientWidth, this.over.clientHeight)
    context.translate(this.over.clientWidth / 2, this.over.clientHeight / 2)
    this.lasso.draw(context, ink)
    Object.assign(context, { strokeStyle: ink, lineWidth: 2 })
    if (this.#byKeys) {
      context.beginPath()
      for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(6 * x, 6 * y)
        context.lineTo(16 * x, 16 * y)
      }
      context.stroke()
    }
    if (this.#pointed >= 0) {
      context.beginPath()
      context.arc(...this.view.toScreen(this.field.x[this.#pointed], this.field.y[this.#pointed]), 8, 0, 2 * Math.PI)
      context.stroke()
    }
  }

  // Pointing and opening

  #counts = (row) => !this.#off.has(this.#groups.codes[row])

  #pointAt(x, y, reach = REACH_PX) {
    if (!this.field) return
    this.#show(this.field.nearest(...this.view.toMap(x, y), reach / this.view.side, this.#counts))
  }

  #show(row) {
    if (row !== this.#pointed) {
      this.#pointed = row
      this.canvas.dataset.pointed = String(row)
      this.#schedule()
    }
    if (row < 0) {
      this.card.hide()
      return
    }
    const { clientWidth: width, clientHeight: height } = this.canvas
    const [px, py] = this.view.toScreen(this.field.x[row], this.field.y[row])
    this.card.show(this.#url, row, { x: px + width / 2, y: py + height / 2, width, height }, (words) => this.#byKeys && this.#say(words))
  }

  #unpoint() {
    this.#pointed = -1
    this.card.hide()
    this.#schedule()
  }

  #useKeys(on) {
    if (this.#byKeys === on) return
    this.#byKeys = on
    if (!on) this.#unpoint()
    this.#schedule()
  }

  // The next or previous study from left to right comes to the middle.
  #step(way) {
    if (!this.field) return
    const { byPlace, n } = this.field
    const from = this.#pointed < 0 ? (way > 0 ? -1 : n) : byPlace.indexOf(this.#pointed)
    let place = from + way
    while (place >= 0 && place < n && !this.#counts(byPlace[place])) place += way
    if (place < 0 || place >= n) return
    const row = byPlace[place]
    this.#useKeys(true)
    this.view.centreOn(this.field.x[row], this.field.y[row])
    this.#show(row)
    this.#schedule()
  }

  #open(row) {
    if (row >= 0) this.send("open", { map: this.#url, row })
  }

  // Selecting

  #nSelected() {
    return this.#selected.reduce((sum, one) => sum + one, 0)
  }

  #select(rows, adds) {
    if (!this.field) return
    this.#history.push(this.#selected)
    if (this.#history.length > KEPT_SELECTIONS) this.#history.shift()
    this.#selected = adds ? this.#selected.slice() : new Uint8Array(this.field.n)
    for (const row of rows) this.#selected[row] = 1
    this.#tellSelection()
  }

  #selectInside(outline, adds) {
    if (outline && this.field) this.#select(this.field.inside(outline.map(([x, y]) => this.view.toMap(x, y)), this.#counts), adds)
  }

  #selectGroup(code) {
    const rows = []
    this.#groups.codes.forEach((own, row) => own === code && rows.push(row))
    this.#select(rows, true)
  }

  #back() {
    if (!this.#history.length) return
    this.#selected = this.#history.pop()
    this.#tellSelection()
  }

  #tellSelection() {
    const rows = []
    this.#selected.forEach((one, row) => one && rows.push(row))
    this.#changed()
    this.#say(rows.length ? `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "study" : "studies"} selected` : "Nothing selected")
    this.send("selected", { map: this.#url, rows: packRows(rows, this.field.n) })
  }

  #toggle(code) {
    if (!this.#off.delete(code)) this.#off.add(code)
    this.#changed()
  }

  #light(code) {
    this.#lit = code
    this.#stale = true
    this.#schedule()
  }

  #say(words) {
    this.spoken.textContent = words
  }

  // Tools

  #use(tool) {
    this.tool = tool
    this.canvas.dataset.tool = tool
    for (const [name, button] of Object.entries(this.tools)) button.setAttribute("aria-pressed", String(name === tool))
  }

  #zoom(factor, x = 0, y = 0) {
    this.view.zoomBy(factor, x, y)
    this.#afterMove()
  }

  #afterMove() {
    if (this.#byKeys) this.#pointAt(0, 0, 40)
    else this.#unpoint()
    this.#schedule()
  }

  #verbs() {
    return {
      dragMode: (touch) => ((this.touch = touch), this.tool === "lasso" ? "lasso" : "pan"),
      dragFrom: (mode, x, y) => {
        this.#moved = 0
        this.#useKeys(false)
        if (mode === "lasso") this.lasso.begin(x, y)
      },
      drag: (mode, { dx, dy, at }) => {
        this.#moved += Math.hypot(dx, dy)
        if (mode === "lasso") this.lasso.stretch(at)
        else if (mode === "zoom") this.view.zoomBy(Math.exp(-dy / 120))
        else this.view.panBy(dx, dy)
        this.card.hide()
        this.#schedule()
      },
      dragEnd: (mode, cancelled) => this.#endDrag(mode, cancelled),
      wheelZooms: () => true,
      zoom: (factor, x, y) => this.#zoom(factor, x, y),
      pan: (dx, dy) => (this.view.panBy(dx, dy), this.#schedule()),
      point: (x, y, pressed) => !pressed && !this.#byKeys && this.#pointAt(x, y),
      unpoint: () => !this.#byKeys && !this.touch && this.#unpoint(),
      reset: () => (this.view.fit(), this.#afterMove()),
      lens: () => {},
      panByKeys: (dx, dy) => (this.#useKeys(true), this.view.panBy(dx, dy), this.#afterMove()),
      use: (tool) => this.#use(tool),
      rectangle: () => this.rectangle.show(),
      openPointed: () => this.#open(this.#pointed),
      stepStudy: (way) => this.#step(way),
      clear: () => this.#nSelected() && this.#select([], false),
      back: () => this.#back(),
    }
  }

  #endDrag(mode, cancelled) {
    const isClick = !cancelled && this.#moved < CLICK_PX
    if (mode === "lasso") {
      const outline = this.lasso.end()
      if (!cancelled) this.#selectInside(outline, this.#adds)
      this.#schedule()
    }
    if (!isClick || mode === "pinch") return
    if (this.touch && this.#tapped !== this.#pointed) this.#tapped = this.#pointed // the first tap shows, the second opens
    else this.#open(this.#pointed)
  }

  #build(root) {
    const button = (label, title, onclick) => element("button", { type: "button", title, onclick }, label)
    this.tools = { move: button("Move", "Drag moves the map (M)", () => this.#use("move")), lasso: button("Lasso", "Draw round points to select them; with Shift they are added (L)", () => this.#use("lasso")) }
    const rectangle = button("Rectangle", "A rectangle that arrow keys move and size (B)", () => this.rectangle.show())
    this.clearButton = button("Clear", "Select nothing (Delete)", () => this.#select([], false))
    this.backButton = button("Back", "The selection before (U)", () => this.#back())
    const toolbar = element("div", { class: "toolbar", role: "toolbar", "aria-label": "Map tools" },
      element("span", { class: "group" }, this.tools.move, this.tools.lasso, rectangle),
      element("span", { class: "group" }, button("−", "Smaller (-)", () => this.#zoom(0.8)), button("+", "Larger (+)", () => this.#zoom(1.25)),
        button("Fit", "The whole map (F or double click)", () => (this.view.fit(), this.#schedule()))),
      element("span", { class: "group" }, this.clearButton, this.backButton), this.count, keysHelp())
    const frame = element("div", { class: "frame" }, this.canvas, this.over, this.rectangle.node, this.card.node, this.message)
    root.replaceChildren(toolbar, element("div", { class: "body" }, frame, this.legend.node), this.spoken)
    this.#use("move")
  }
}

const LABEL = "Map of the archive. Arrow keys move it, plus and minus zoom, N and P go from study to study, Enter opens the one that is marked."

// Points get smaller where there are many, and larger as one looks closer. CSS pixels.
export function radiusOf(n, zoom) {
  const alone = Math.min(5, Math.max(1.5, 130 / Math.sqrt(Math.max(1, n))))
  return Math.round(4 * Math.min(7, alone * Math.sqrt(Math.max(1, zoom)))) / 4
}

// The hits of the last search as groups: [row, code] pairs, all others grey.
function litGroups({ legend, rows, rest }, n) {
  const codes = new Uint8Array(n).fill(GREY)
  for (const [row, code] of rows) codes[row] = code
  return { scale: "groups", lifts: true, codes, legend: [...legend, { code: GREY, label: rest, count: n - rows.length }] }
}

const KEYS = {
  ArrowLeft: (verbs) => verbs.panByKeys(PAN_PX, 0),
  ArrowRight: (verbs) => verbs.panByKeys(-PAN_PX, 0),
  ArrowUp: (verbs) => verbs.panByKeys(0, PAN_PX),
  ArrowDown: (verbs) => verbs.panByKeys(0, -PAN_PX),
  "+": (verbs) => verbs.zoom(1.25, 0, 0),
  "=": (verbs) => verbs.zoom(1.25, 0, 0),
  "-": (verbs) => verbs.zoom(0.8, 0, 0),
  f: (verbs) => verbs.reset(),
  m: (verbs) => verbs.use("move"),
  l: (verbs) => verbs.use("lasso"),
  b: (verbs) => verbs.rectangle(),
  u: (verbs) => verbs.back(),
  n: (verbs) => verbs.stepStudy(1),
  p: (verbs) => verbs.stepStudy(-1),
  Enter: (verbs) => verbs.openPointed(),
  Delete: (verbs) => verbs.clear(),
  Backspace: (verbs) => verbs.clear(),
}

const HELP = [
  ["Wheel, pinch, + −", "zoom"],
  ["Drag, arrow keys", "move"],
  ["F or double click", "the whole map"],
  ["N, P", "next study, study before, from left to right"],
  ["Click, Enter", "open the study that is marked"],
  ["L, then drag", "lasso; with Shift it adds"],
  ["B, arrows, Enter", "rectangle; Shift and arrows size it"],
  ["Select in the legend", "adds a whole group"],
  ["Delete, U", "clear; the selection before"],
]

function keysHelp() {
  const rows = HELP.flatMap(([keys, what]) => [element("dt", {}, keys), element("dd", {}, what)])
  return element("details", { class: "help" }, element("summary", { title: "Mouse and keys" }, "Keys"), element("dl", {}, ...rows))
}
