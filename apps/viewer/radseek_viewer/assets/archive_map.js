// The map of the archive: a point a study on a canvas, a legend, tools to move and to draw round points.
import { element } from "./elements.js"
import { attachGestures } from "./gestures.js"
import { keysHelp } from "./keys_help.js"
import { MapCard } from "./map_card.js"
import { GREY, themeOf } from "./map_colours.js"
import { MapDrawing } from "./map_drawing.js"
import { PointField } from "./map_field.js"
import { HELP, KEYS, LABEL } from "./map_keys.js"
import { MapLegend } from "./map_legend.js"
import { KeyRectangle, Lasso } from "./map_outline.js"
import { fetchGroups, fetchPoints } from "./map_points.js"
import { MapSelection } from "./map_selection.js"
import { MapView } from "./map_view.js"
import { keptIn } from "./mounting.js"
import { Trouble } from "./trouble.js"

const REACH_PX = 12 // how near to a point is pointing at it
const CLICK_PX = 4

export default function mountMap({ data, parentElement, setTriggerValue }) {
  const [map, end] = keptIn(parentElement, "archivemap", (root) => new ArchiveMap(root))
  map.load(data, setTriggerValue)
  return end
}

class ArchiveMap {
  #url = ""
  #groupsKey = ""
  #loads = 0 // the newest counts; others come to nothing
  #groups = { scale: "groups", legend: [], codes: new Uint8Array(0) }
  #off = new Set()
  #lit = null
  #selection = new MapSelection(0)
  #pointed = -1
  #byKeys = false
  #tapped = -1
  #moved = 0
  #adds = false
  #theme = "" // that the legend is drawn for

  constructor(root) {
    this.tool = "move"
    this.field = null
    this.canvas = element("canvas", { tabindex: "0", role: "application", "aria-roledescription": "map", "aria-label": LABEL })
    this.over = element("canvas", { class: "over", "aria-hidden": "true" })
    this.view = new MapView(this.canvas)
    this.lasso = new Lasso()
    this.rectangle = new KeyRectangle(this.canvas, (outline, adds) => this.#selectInside(outline, adds))
    this.card = new MapCard()
    this.legend = new MapLegend({ toggle: (code) => this.#toggle(code), select: (code) => this.#selectGroup(code), light: (code) => this.#light(code) })
    this.spoken = element("div", { class: "spoken", "aria-live": "polite" })
    this.message = element("div", { class: "message", role: "status" })
    this.trouble = new Trouble(() => this.load(this.asked, this.send))
    this.count = element("span", { class: "selectedcount" })
    this.drawing = new MapDrawing(this.canvas, this.over, () => ({
      field: this.field, groups: this.#groups, off: this.#off, lit: this.#lit, selection: this.#selection,
      view: this.view, lasso: this.lasso, byKeys: this.#byKeys, pointed: this.#pointed,
    }))
    this.#build(root)
    attachGestures(this.canvas, this.#verbs(), KEYS)
    this.canvas.addEventListener("pointerdown", (event) => (this.#adds = event.shiftKey), true)
    this.canvas.addEventListener("keydown", () => this.#useKeys(true))
    this.canvas.addEventListener("blur", () => this.#useKeys(false))
  }

  // Called with each run of the page: another map, another colouring, another theme, or the same.
  async load(data, send) {
    Object.assign(this, { asked: data, send })
    const load = ++this.#loads
    const isNewest = () => load === this.#loads
    const groupsKey = `${data.url} ${data.groups_url} ${JSON.stringify(data.hits)}`
    try {
      if (data.url !== this.#url) await this.#fetchMap(data, isNewest)
      if (isNewest() && groupsKey !== this.#groupsKey) await this.#fetchGroups(data, groupsKey, isNewest)
      if (!isNewest()) return
      if (themeOf(this.canvas) !== this.#theme) this.#changed()
      this.#tell("")
    } catch (error) {
      if (!isNewest()) return
      this.#tell("")
      this.trouble.tell("", error)
    }
  }

  stop() {
    this.#loads += 1
    this.drawing.stop()
    this.trouble.stop()
    this.card.hide()
  }

  async #fetchMap({ url, selected }, isNewest) {
    this.#tell("Fetching the map …")
    this.#url = ""
    this.field = null
    this.#unpoint()
    const field = new PointField(await fetchPoints(url))
    if (!isNewest()) return
    this.#url = url
    this.#groupsKey = ""
    this.field = field
    this.#selection = new MapSelection(field.n, selected)
    this.view.spread = field.spread
    this.view.fit()
    this.canvas.setAttribute("aria-label", `${LABEL} ${field.n.toLocaleString("en")} studies.`)
  }

  async #fetchGroups({ groups_url, hits }, key, isNewest) {
    this.#tell("Colouring …")
    const groups = hits ? litGroups(hits, this.field.n) : await fetchGroups(groups_url)
    if (!isNewest()) return
    this.#groupsKey = key
    this.#groups = groups
    this.#off.clear()
    this.#lit = null
    this.#changed()
  }

  // What is under way; nothing any more where there are no words.
  #tell(words) {
    this.trouble.clear()
    this.message.textContent = words
    this.message.hidden = !words
  }

  // Groups or the selection are others.
  #changed() {
    this.#theme = themeOf(this.canvas)
    this.legend.show(this.#groups, this.#off, this.#theme)
    const n = this.#selection.size
    this.count.textContent = n ? `${n.toLocaleString("en")} selected` : "Nothing selected"
    this.clearButton.disabled = !n
    this.backButton.disabled = !this.#selection.hasBefore
    this.canvas.dataset.selected = String(n)
    this.drawing.scheduleAnew()
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
      this.drawing.schedule()
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
    this.drawing.schedule()
  }

  #useKeys(on) {
    if (this.#byKeys === on) return
    this.#byKeys = on
    if (!on) this.#unpoint()
    this.drawing.schedule()
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
    this.drawing.schedule()
  }

  #open(row) {
    if (row >= 0) this.send("open", { map: this.#url, row })
  }

  // Selecting

  #select(rows, adds) {
    if (!this.field) return
    this.#selection.select(rows, adds)
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
    if (!this.#selection.hasBefore) return
    this.#selection.back()
    this.#tellSelection()
  }

  #tellSelection() {
    const { size, packed } = this.#selection
    this.#changed()
    this.#say(size ? `${size.toLocaleString("en")} ${size === 1 ? "study" : "studies"} selected` : "Nothing selected")
    this.send("selected", { map: this.#url, rows: packed })
  }

  #toggle(code) {
    if (!this.#off.delete(code)) this.#off.add(code)
    this.#changed()
  }

  #light(code) {
    this.#lit = code
    this.drawing.scheduleAnew()
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
    this.drawing.schedule()
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
        this.drawing.schedule()
      },
      dragEnd: (mode, cancelled) => this.#endDrag(mode, cancelled),
      keepsToolWithShift: true, // Shift adds to what is selected
      wheelZooms: () => true,
      zoom: (factor, x, y) => this.#zoom(factor, x, y),
      pan: (dx, dy) => (this.view.panBy(dx, dy), this.drawing.schedule()),
      point: (x, y, pressed) => !pressed && !this.#byKeys && this.#pointAt(x, y),
      unpoint: () => !this.#byKeys && !this.touch && this.#unpoint(),
      reset: () => (this.view.fit(), this.#afterMove()),
      lens: () => {},
      panByKeys: (dx, dy) => (this.#useKeys(true), this.view.panBy(dx, dy), this.#afterMove()),
      use: (tool) => this.#use(tool),
      rectangle: () => this.rectangle.show(),
      openPointed: () => this.#open(this.#pointed),
      stepStudy: (way) => this.#step(way),
      clear: () => this.#selection.size && this.#select([], false),
      back: () => this.#back(),
    }
  }

  #endDrag(mode, cancelled) {
    const isClick = !cancelled && this.#moved < CLICK_PX
    if (mode === "lasso") {
      const outline = this.lasso.end()
      if (!cancelled) this.#selectInside(outline, this.#adds)
      this.drawing.schedule()
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
        button("Fit", "The whole map (F or double click)", () => (this.view.fit(), this.drawing.schedule()))),
      element("span", { class: "group" }, this.clearButton, this.backButton), this.count, keysHelp(HELP))
    const frame = element("div", { class: "frame" }, this.canvas, this.over, this.rectangle.node, this.card.node, this.message, this.trouble.node)
    root.replaceChildren(toolbar, element("div", { class: "body" }, frame, this.legend.node), this.spoken)
    this.#use("move")
  }
}

// The hits of the last search as groups: [row, code] pairs, all others grey.
function litGroups({ legend, rows, rest }, n) {
  const codes = new Uint8Array(n).fill(GREY)
  for (const [row, code] of rows) codes[row] = code
  return { scale: "groups", lifts: true, codes, legend: [...legend, { code: GREY, label: rest, count: n - rows.length }] }
}
