// Saves a plot as SVG or PNG and its figures as CSV. They are made in the browser and go nowhere else.
import { svg } from "./elements.js"

const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "font-size", "font-weight", "font-family"]
const HEAD = 30
const FOOT = 26
const PIXELS = 2

export function saveCsv(data) {
  // the mark at the start tells spreadsheets that the text is UTF-8
  save(new Blob(["\ufeff", data.csv], { type: "text/csv;charset=utf-8" }), `${data.file}.csv`)
}

export function saveSvg(drawing, data) {
  save(new Blob([standalone(drawing, data)], { type: "image/svg+xml" }), `${data.file}.svg`)
}

export async function savePng(drawing, data) {
  const url = URL.createObjectURL(new Blob([standalone(drawing, data)], { type: "image/svg+xml" }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement("canvas")
    canvas.width = image.naturalWidth * PIXELS
    canvas.height = image.naturalHeight * PIXELS
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
    save(await new Promise((done) => canvas.toBlob(done, "image/png")), `${data.file}.png`)
  } finally {
    URL.revokeObjectURL(url)
  }
}

function save(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

// The drawing with its colours written into it, under its title, above what it must not be used for.
function standalone(drawing, data) {
  const copy = drawing.cloneNode(true)
  const [shown, copied] = [drawing, copy].map((root) => [...root.querySelectorAll("*")])
  shown.forEach((node, place) => inline(node, copied[place]))
  for (const node of copy.querySelectorAll(".hit")) node.remove()
  for (const node of copy.querySelectorAll("[tabindex]")) node.removeAttribute("tabindex")
  const [width, height] = ["width", "height"].map((name) => Number(drawing.getAttribute(name)))
  const colours = getComputedStyle(drawing)
  const letters = { "font-family": "sans-serif", fill: colours.color }
  copy.prepend(
    svg("rect", { x: 0, y: -HEAD, width, height: height + HEAD + FOOT, fill: colours.getPropertyValue("--st-background-color") || "#fff" }),
    svg("text", { ...letters, x: 6, y: -10, "font-size": 14, "font-weight": 600 }, data.title),
    svg("text", { ...letters, x: 6, y: height + 16, "font-size": 11 }, data.credit),
  )
  copy.setAttribute("xmlns", drawing.namespaceURI)
  copy.setAttribute("width", width)
  copy.setAttribute("height", height + HEAD + FOOT)
  copy.setAttribute("viewBox", `0 ${-HEAD} ${width} ${height + HEAD + FOOT}`)
  return new XMLSerializer().serializeToString(copy)
}

function inline(from, to) {
  const style = getComputedStyle(from)
  for (const name of KEPT) to.setAttribute(name, style.getPropertyValue(name))
  to.removeAttribute("class")
  if (from.classList.contains("hit")) to.setAttribute("class", "hit")
}
