// Offers the tour: on the start screen until it was seen or declined, on the About page always.
import { element } from "./elements.js"
import { drawnIn } from "./mounting.js"
import { beginTour, onEnd, setSeen, wasSeen } from "./tour.js"

export default function mountOffer({ data, parentElement }) {
  return drawnIn(parentElement, "offer", (root) => {
    const draw = () => root.replaceChildren(...(data.always || !wasSeen() ? [offer(data)] : []))
    draw()
    return data.always ? null : onEnd(draw)
  })
}

function offer({ always, examples }) {
  const button = (label, action, kind) => element("button", { type: "button", class: kind, onclick: action }, label)
  return element("div", { class: "panel", role: "group", "aria-label": "Tour" },
    element("span", {}, element("strong", {}, always ? "The tour." : "New here?"), " Five steps lead from a question to a cohort, on this archive's own studies."),
    element("span", { class: "row" }, button("Take the tour", () => beginTour(examples), "main"), always ? null : button("No, thanks", setSeen, "")))
}
