// The five steps of the tour: what each points at on the real pages, what it says, and what it offers to do.
// points: selectors, the first that is on the page counts, with words of its own where they differ; offers: actions.

const REPORT =
  "The scan stands beside its report. Point at a sentence that matched and its region lights up; click any sentence to search for it. Drag changes the window, the wheel scrolls."

export const STEPS = [
  {
    title: "Ask",
    points: [{ at: "[data-testid='stTextInput'] input[aria-label='Search']" }],
    text: "Type a finding, or paste a sentence as a report would say it, and press Enter. Say no, or possible, and the answer keeps to it.",
    missing: "The search field stands on the Search page.",
    offers: ["ask", "search"],
  },
  {
    title: "Read a card",
    points: [{ at: ".listed" }],
    text: "Each hit is a card: its picture, with a warm glow where it shows what was asked, the sentence that matched, what that asserts, and how sure the match is.",
    missing: "When a search has found something, a card stands here for each study: its picture where there is one, the sentence of its report where there is one, and why it was found.",
    offers: ["ask", "search"],
  },
  {
    title: "Open it",
    points: [
      { at: ".report .sentence.matched", text: REPORT },
      { at: ".report .sentence", text: REPORT },
      { at: ".stack .toolbar", text: "The scan stands here, and its report beside it where one is linked. Drag changes the window, the wheel scrolls; Keys lists the rest." },
      { at: ".listed" },
    ],
    text: "Click a card, or press Enter on it, and the scan opens large beside its report.",
    missing: "From a card one click leads to the scan, large, beside its report. Of an archive without pictures the report opens alone; without reports, the scan.",
    offers: ["open", "ask"],
  },
  {
    title: "Look further",
    points: [{ at: ".st-key-similar button" }],
    text: "Similar finds other patients' studies that look like this one or are reported like it. Compare puts two side by side. Earlier studies of the patient stand on the line of time below; [ and ] open them.",
    missing: "On the page of a study, Similar finds other patients' studies like it, and Compare puts two side by side.",
    offers: ["open", "ask"],
  },
  {
    title: "Keep it",
    points: [{ at: ".st-key-keep_as_cohort button" }],
    text: "Keep as cohort gives a search, or exactly these studies, a name: to run it again when the archive has grown, draw samples, and take it out as a file.",
    missing: "Beside the result line of a search with hits, Keep as cohort gives it a name. The page Cohorts lists all that is kept.",
    offers: ["results", "ask"],
  },
]
