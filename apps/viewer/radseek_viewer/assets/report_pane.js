// A report beside the scan: its text as written, each sentence marked by what it asserts and clickable.
import { element, rootOf } from "./elements.js"

export default function mountReports({ data, parentElement, setTriggerValue }) {
  const root = rootOf(parentElement, "reports")
  const search = (reportIndex, sentenceIndex) => setTriggerValue("search", { report: reportIndex, sentence: sentenceIndex })
  root.replaceChildren(legend(data.legend), ...data.reports.map((report, index) => reportNode(report, index, search)))
  return () => root.replaceChildren()
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
    element("div", { class: "text", dir: "auto" }, ...report.pieces.map((piece) => pieceNode(piece, index, search))),
  )
}

function pieceNode(piece, index, search) {
  if (piece.sentence === null) return element("span", { class: "between" }, piece.text)
  const go = () => search(index, piece.sentence)
  return element(
    "span",
    {
      class: `sentence ${piece.tone}${piece.matched ? " matched" : ""}`,
      role: "button",
      tabindex: "0",
      title: `${piece.mark}: search with this sentence`,
      onclick: () => getSelection().isCollapsed && go(),
      onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), go()),
    },
    ["present", "context"].includes(piece.tone) ? null : element("span", { class: "mark" }, piece.mark),
    piece.text,
  )
}
