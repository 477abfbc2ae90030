// The wall of results: one card a study, and the sentences people see when there is nothing to show.
import { element, rootOf } from "./elements.js"
import { mapCanvas } from "./region_map.js"

export default function mountWall({ data, parentElement, setTriggerValue }) {
  const root = rootOf(parentElement, "wall")
  const act = {
    open: ({ study_key, image_key }) => setTriggerValue("open", { study_key, image_key }),
    ask: ({ image_key }, unlike) => setTriggerValue("picture", { image_key, unlike }),
    pick: ({ study_key }) => setTriggerValue("pick", study_key),
  }
  root.replaceChildren(
    ...(data.lead ? [element("h2", { class: "lead" }, data.lead.title), element("p", {}, data.lead.text)] : []),
    ...(data.chips?.length ? [askedChips(data.chips, setTriggerValue)] : []),
    ...(data.notices ?? []).map(notice),
    ...(data.examples?.length ? [exampleChips(data.examples, setTriggerValue)] : []),
    ...(data.tips?.length ? [element("div", { class: "tips" }, ...data.tips.map(tip))] : []),
    ...(data.cards?.length ? [grid(data.cards, act)] : []),
    ...(data.misses ? [element("h3", { class: "apart" }, data.misses.heading), grid(data.misses.cards, act, "misses")] : []),
  )
  return () => root.replaceChildren()
}

function notice({ kind, title, text }) {
  return element(
    "div",
    { class: `notice ${kind}`, role: kind === "error" ? "alert" : "status" },
    element("strong", {}, title),
    element("span", {}, text),
  )
}

function askedChips(chips, setTriggerValue) {
  const nodes = chips.map(({ key, label, dropped, thumbnail }) =>
    element(
      "button",
      {
        type: "button",
        class: dropped ? "chip asked dropped" : "chip asked",
        "aria-pressed": dropped ? "false" : "true",
        title: dropped ? "Not asked. Click to ask it again" : "Click to take it out",
        onclick: () => setTriggerValue("chip", { key, label }),
      },
      thumbnail ? element("img", { src: thumbnail, alt: "", draggable: "false" }) : null,
      element("span", { class: "words" }, label),
      element("span", { class: "sign", "aria-hidden": "true" }, dropped ? "+" : "×"),
    ),
  )
  return element("div", { class: "chips", role: "group", "aria-label": "What was understood" }, ...nodes)
}

function tip({ title, text }) {
  return element("div", { class: "tip" }, element("strong", {}, title), element("span", {}, text))
}

function exampleChips(examples, setTriggerValue) {
  const chips = examples.map((text) =>
    element("button", { type: "button", class: "chip", onclick: () => setTriggerValue("example", text) }, text),
  )
  return element("div", { class: "chips", role: "group", "aria-label": "Example searches" }, ...chips)
}

function grid(cards, act, kind = "") {
  const list = element("div", { class: `cards ${kind}`, role: "list" }, ...cards.map((card) => cardNode(card, act)))
  list.addEventListener("keydown", moveFocus)
  return list
}

function cardNode(card, act) {
  const link = element(
    "a",
    { class: "card", href: card.href, "aria-label": card.label, data: { study: card.study_key } },
    picture(card),
    element(
      "div",
      { class: "body" },
      element(
        "div",
        { class: "title" },
        card.rank ? element("span", { class: "rank" }, String(card.rank)) : null,
        element("span", {}, card.title),
      ),
      element(
        "div",
        { class: "meta" },
        element("span", {}, card.meta),
        card.synthetic ? element("span", { class: "synthetic" }, "SYNTHETIC") : null,
      ),
      card.band || card.folded ? sureness(card) : null,
      matchedText(card),
      element("div", { class: "channels" }, ...card.channels.map(channelBadge)),
    ),
  )
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return // a new tab or window, as people expect of a link
    event.preventDefault()
    act.open(card)
  })
  return element("div", { class: "listed", role: "listitem" }, link, buttonRow(card, act))
}

function buttonRow(card, act) {
  const button = (sign, words, onclick) =>
    element(
      "button",
      { type: "button", "aria-label": `${words}: ${card.alt}`, onclick },
      element("span", { "aria-hidden": "true" }, sign),
      words,
    )
  const buttons = [
    ...(card.rank && card.image_key
      ? [
          button("+", "More like this", () => act.ask(card, false)),
          button("−", "Less like this", () => act.ask(card, true)),
        ]
      : []),
    ...(card.pick ? [button("", card.pick, () => act.pick(card))] : []),
  ]
  return buttons.length ? element("div", { class: "alike" }, ...buttons) : null
}

function sureness({ band, folded }) {
  return element(
    "div",
    { class: "sure" },
    band
      ? element("span", { class: `band ${band.name}`, title: band.help }, bars(band.bars), element("span", {}, band.label))
      : null,
    folded ? element("span", { class: "folded", title: "Studies that show the same pictures" }, folded) : null,
  )
}

function bars(lit) {
  const nodes = [1, 2, 3].map((height) => element("i", { class: height <= lit ? "lit" : "" }))
  return element("span", { class: "bars", "aria-hidden": "true" }, ...nodes)
}

function picture(card) {
  const frame = element("div", { class: "picture" })
  if (!card.thumbnail) {
    frame.append(element("span", { class: "nopicture" }, "Report only"))
    return frame
  }
  const image = element("img", { src: card.thumbnail, alt: card.alt, loading: "lazy", decoding: "async", draggable: "false" })
  image.addEventListener("error", () =>
    frame.replaceChildren(element("span", { class: "nopicture" }, "Picture not available")),
  )
  frame.append(image, ...(card.map ? [mapCanvas(card.map)] : []))
  return frame
}

function matchedText(card) {
  const { sentence } = card
  if (!sentence) return card.why ? element("p", { class: "sentence none", title: card.why }, card.why) : null
  return element(
    "p",
    { class: `sentence ${sentence.tone}` },
    element("span", { class: "mark" }, sentence.mark),
    element("span", { class: "words", title: `${sentence.text}\n${card.why}` }, ...sentence.pieces.map(piece)),
  )
}

function piece({ text, answers }) {
  return answers ? element("em", {}, text) : text
}

function channelBadge({ name, rank, help }) {
  return element("span", { class: "channel", title: help }, name, element("b", {}, `#${rank}`))
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 }

function moveFocus(event) {
  const cards = [...event.currentTarget.querySelectorAll(".card")]
  const here = cards.indexOf(event.target.closest(".card"))
  const perRow = cards.filter((card) => card.getBoundingClientRect().top === cards[0].getBoundingClientRect().top).length
  const step = STEPS[event.key] ?? { ArrowDown: perRow, ArrowUp: -perRow }[event.key]
  if (here < 0 || step === undefined) return
  const next = cards[here + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}
