// The list of mouse and keys that unfolds from a toolbar.
import { element } from "./elements.js"

// rows: [keys, what they do]
export function keysHelp(rows) {
  const summary = element("summary", { title: "Mouse and keys" }, "Keys")
  const close = (event) => {
    if (event.key !== "Escape" || !help.open) return
    event.preventDefault()
    help.open = false
    summary.focus()
  }
  const words = rows.flatMap(([keys, what]) => [element("dt", {}, keys), element("dd", {}, what)])
  const help = element("details", { class: "help", onkeydown: close }, summary, element("dl", {}, ...words))
  return help
}
