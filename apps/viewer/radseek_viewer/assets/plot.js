// A plot that can be read without seeing it: every mark has its value in words, arrow keys go from mark to mark, and
// the same figures stand in a table.
import { element, refill } from "./elements.js"
import { drawnIn } from "./mounting.js"
import { drawRows } from "./plot_rows.js"
import { saveCsv, savePng, saveSvg } from "./plot_save.js"
import { drawXY } from "./plot_xy.js"

const HINT = "Point at a mark for its value, or go to the plot with Tab and use the arrow keys."
const ORDERS = { listed: "as listed", value: "by value", name: "by name" }

export default function mountPlot({ data, parentElement }) {
  return drawnIn(parentElement, "plot", (root) => drawPlot(root, data))
}

// Returns what ends the watching of its width.
function drawPlot(root, data) {
  root.view ??= { asTable: false, order: "listed" }
  const body = element("div", { class: "body" })
  const draw = () => drawInto(body, data, root)
  draw()
  refill(root, head(data, root, draw), body)
  let width = root.clientWidth
  const watcher = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - width) < 2) return
    width = root.clientWidth
    draw()
  })
  watcher.observe(root)
  return () => watcher.disconnect()
}

function head(data, root, draw) {
  const view = root.view
  const toggle = element("button", { type: "button", class: "tool", data: { name: "as table" } })
  const say = () => {
    toggle.textContent = view.asTable ? "Show as plot" : "Show as table"
  }
  toggle.addEventListener("click", () => {
    view.asTable = !view.asTable
    say()
    draw()
  })
  say()
  const drawing = () => root.querySelector("svg.drawing")
  const forDrawings = [
    data.sortable ? orderChoice(view, draw) : null,
    toggle,
    saver("PNG", data, () => drawing() && savePng(drawing(), data)),
    saver("SVG", data, () => drawing() && saveSvg(drawing(), data)),
  ]
  const tools = [...(data.kind === "table" ? [] : forDrawings), saver("CSV", data, () => saveCsv(data))]
  return element("div", { class: "head" }, element("h4", {}, data.title), element("div", { class: "tools" }, ...tools))
}

function saver(kind, data, save) {
  const does = `Save ${kind === "CSV" ? "the figures" : "the plot"} as ${kind}`
  return element("button", { type: "button", class: "tool", title: does, "aria-label": `${does}: ${data.title}`, data: { name: kind }, onclick: save }, kind)
}

function orderChoice(view, draw) {
  const choice = element(
    "select",
    { "aria-label": "Order of the rows", data: { name: "order" } },
    ...Object.entries(ORDERS).map(([order, words]) => element("option", { value: order, selected: order === view.order }, words)),
  )
  choice.addEventListener("change", () => {
    view.order = choice.value
    draw()
  })
  return choice
}

function drawInto(body, data, root) {
  const note = data.note ? element("p", { class: "note" }, data.note) : null
  if (root.view.asTable || data.kind === "table") {
    refill(body, tableOf(data), ...(note ? [note] : []))
    return
  }
  const width = Math.max(280, root.clientWidth)
  const { drawing, marks } = data.kind === "rows" ? drawRows(data, width, root.view.order) : drawXY(data, width)
  drawing.classList.add("drawing")
  drawing.setAttribute("role", "group")
  drawing.setAttribute("aria-label", data.about)
  const readout = element("p", { class: "readout" }, HINT)
  steer(drawing, marks, (words) => {
    readout.textContent = words ?? HINT
  })
  refill(body, drawing, legend(data.legend), readout, ...(note ? [note] : []))
}

// One mark at a time takes the focus: Tab enters and leaves the plot, arrow keys move inside it.
function steer(drawing, marks, tell) {
  let at = 0
  const show = (place) => {
    marks.forEach((mark, other) => mark.node.classList.toggle("lit", other === place))
    tell(place === null ? null : marks[place].words)
  }
  const reach = (place) => {
    marks[at].node.setAttribute("tabindex", "-1")
    at = place
    marks[at].node.setAttribute("tabindex", "0")
    show(place)
  }
  marks.forEach((mark, place) => {
    mark.node.setAttribute("tabindex", place === at ? "0" : "-1")
    mark.node.dataset.name = mark.words
    mark.node.addEventListener("focus", () => reach(place))
    mark.node.addEventListener("blur", () => show(null))
  })
  drawing.addEventListener("keydown", (event) => {
    const next = nextMark(marks, at, event.key)
    if (next === undefined) return
    event.preventDefault()
    marks[next].node.focus()
  })
  drawing.addEventListener("pointermove", (event) => show(nearest(marks, drawing, event)))
  drawing.addEventListener("pointerleave", () => show(drawing.querySelector(".point:focus") ? at : null))
}

function nextMark(marks, at, key) {
  const last = marks.length - 1
  const lines = new Set(marks.map((mark) => mark.line)).size
  if (key === "Home") return 0
  if (key === "End") return last
  if (lines > 1 && (key === "ArrowUp" || key === "ArrowDown")) return onOtherLine(marks, at, key === "ArrowUp" ? -1 : 1)
  if (key === "ArrowRight" || key === "ArrowDown") return Math.min(last, at + 1)
  if (key === "ArrowLeft" || key === "ArrowUp") return Math.max(0, at - 1)
  return undefined
}

function onOtherLine(marks, at, step) {
  const lines = [...new Set(marks.map((mark) => mark.line))]
  const line = lines[(lines.indexOf(marks[at].line) + step + lines.length) % lines.length]
  const there = marks.map((mark, place) => place).filter((place) => marks[place].line === line)
  return there.reduce((best, place) => (Math.abs(marks[place].x - marks[at].x) < Math.abs(marks[best].x - marks[at].x) ? place : best))
}

function nearest(marks, drawing, event) {
  const box = drawing.getBoundingClientRect()
  const [x, y] = [event.clientX - box.left, event.clientY - box.top]
  const distance = (mark) => (mark.half ? Math.abs(mark.y - y) : Math.abs(mark.x - x) + Math.abs(mark.y - y) / 4)
  let best = null
  marks.forEach((mark, place) => {
    if (best === null || distance(mark) < distance(marks[best])) best = place
  })
  return best
}

function legend(entries) {
  return element(
    "p",
    { class: "legend" },
    ...entries.map(({ role, name }) => element("span", { class: "key" }, element("i", { class: `swatch ${role}` }), name)),
  )
}

function tableOf(data) {
  const cell = (text, place) => element(place ? "td" : "th", place ? {} : { scope: "row" }, text)
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": `${data.title}, as a table` },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...data.head.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...data.cells.map((row) => element("tr", {}, ...row.map(cell)))),
    ),
  )
}
