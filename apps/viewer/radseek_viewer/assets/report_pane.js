// A report beside the scan: its text as written, each sentence marked by what it asserts and clickable.
import { element } from "./elements.js"
import { onRegion, pointAtSentence } from "./light.js"
import { drawnIn } from "./mounting.js"

export default function mountReports({ data, parentElement, setTriggerValue }) {
  const search = (reportIndex, sentenceIndex) => setTriggerValue("search", { report: reportIndex, sentence: sentenceIndex })
  return drawnIn(parentElement, "reports", (root) => {
    root.replaceChildren(legend(data.legend), ...data.reports.map((report, index) => reportNode(report, index, search)))
    const unlisten = onRegion((keys) => bringOut(root, keys))
    return () => {
      unlisten()
      pointAtSentence(null) // a sentence that is taken away while it is pointed at does not tell
    }
  })
}

// Outlines the sentences that the lit region of the picture answers; scrolls to the first only if it is out of sight, in a report
// that is not folded away.
function bringOut(root, keys) {
  const sentences = [...root.querySelectorAll(".sentence")]
  for (const sentence of sentences) sentence.classList.toggle("lit", keys.includes(sentence.dataset.key))
  const first = sentences.find((sentence) => sentence.classList.contains("lit"))
  if (first && root.checkVisibility() && !isInSight(first, root)) first.scrollIntoView({ block: "nearest" })
}

function isInSight(node, scroller) {
  const box = node.getBoundingClientRect()
  const frame = scroller.getBoundingClientRect()
  return box.top >= Math.max(0, frame.top) && box.bottom <= Math.min(innerHeight, frame.bottom)
}

function legend(entries) {
  return element(
    "div",
    { class: "legend", "aria-label": "What the colours mean" },
    ...entries.map(({ tone, mark }) => element("span", { class: `key ${tone}` }, element("span", { class: "mark" }, mark))),
  )
}

function reportNode(report, index, search) {
  return element(
    "article",
    { class: "report", "aria-label": report.title },
    element("h3", {}, report.title),
    element("div", { class: "text" }, ...report.pieces.map((piece) => pieceNode(piece, index, search))),
  )
}

function pieceNode(piece, index, search) {
  if (piece.sentence === null) return element("span", { class: "between" }, piece.text)
  const go = () => search(index, piece.sentence)
  const point = () => piece.matched && pointAtSentence(piece.key)
  const unpoint = () => piece.matched && pointAtSentence(null)
  return element(
    "span",
    {
      class: `sentence ${piece.tone}${piece.matched ? " matched" : ""}`,
      role: "button",
      tabindex: "0",
      data: { key: piece.key },
      title: `${piece.mark}: search with this sentence`,
      onmouseenter: point,
      onmouseleave: unpoint,
      onfocus: point,
      onblur: unpoint,
      onclick: () => getSelection().isCollapsed && go(),
      onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), go()),
    },
    ["present", "context"].includes(piece.tone) ? null : element("span", { class: "mark" }, piece.mark),
    piece.text,
  )
}
