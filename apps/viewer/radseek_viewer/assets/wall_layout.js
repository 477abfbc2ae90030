// Where the cards of an answer stand: rows of one height, so that the scroll bar tells the truth. Pixels; no page.

const NARROWEST_REM = 12.6
const MOST_COLUMNS = 14 // beyond it cards grow: two monitors are looked at from further away
const GAP_REM = 0.9
export const BODY_REM = 18 // below the picture, as wall.css has it
const ROWS_BEYOND = 2 // drawn above and below what is in sight

export function layoutOf(n, width, rem) {
  const gap = GAP_REM * rem
  const narrowest = Math.max(NARROWEST_REM * rem, (width - gap * (MOST_COLUMNS - 1)) / MOST_COLUMNS)
  const columns = Math.max(1, Math.floor((width + gap + 0.5) / (narrowest + gap)))
  const cardWidth = Math.floor((width - gap * (columns - 1)) / columns)
  const cardHeight = Math.round(cardWidth + BODY_REM * rem)
  const rowHeight = Math.round(cardHeight + gap)
  const rows = Math.ceil(n / columns)
  return { n, width, columns, cardWidth, cardHeight, rowHeight, rows, height: Math.max(0, rows * rowHeight - gap) }
}

export function leftOf(layout, place) {
  const column = place % layout.columns
  const free = layout.columns > 1 ? (layout.width - layout.columns * layout.cardWidth) / (layout.columns - 1) : 0
  return Math.round(column * (layout.cardWidth + free))
}

export function topOf(layout, place) {
  return Math.floor(place / layout.columns) * layout.rowHeight
}

// First and last place to draw when the part from `top`, `height` high, is in sight.
export function placesToDraw(layout, top, height) {
  const first = Math.max(0, Math.floor(top / layout.rowHeight) - ROWS_BEYOND)
  const last = Math.min(layout.rows - 1, Math.floor((top + height) / layout.rowHeight) + ROWS_BEYOND)
  const from = Math.min(first, Math.max(0, layout.rows - 1)) * layout.columns
  return [from, Math.min(layout.n, (Math.max(last, 0) + 1) * layout.columns) - 1]
}

// First and last place of which anything is in sight.
export function placesInSight(layout, top, height) {
  const clamp = (row) => Math.min(Math.max(row, 0), layout.rows - 1)
  const first = clamp(Math.floor(top / layout.rowHeight)) * layout.columns
  const last = (clamp(Math.floor((top + height) / layout.rowHeight)) + 1) * layout.columns - 1
  return [first, Math.min(layout.n - 1, last)]
}

// The place to which a key leads from `place`; null for keys that lead nowhere.
export function placeAfterKey(layout, place, key, height) {
  const { columns, rows, n } = layout
  const row = Math.floor(place / columns)
  const rowsAPage = Math.max(1, Math.floor(height / layout.rowHeight))
  const below = (by) => Math.min(n - 1, place + columns * Math.min(by, rows - 1 - row))
  const above = (by) => place - columns * Math.min(by, row)
  const leads = {
    ArrowRight: () => Math.min(n - 1, place + 1),
    ArrowLeft: () => Math.max(0, place - 1),
    ArrowDown: () => below(1),
    ArrowUp: () => above(1),
    PageDown: () => below(rowsAPage),
    PageUp: () => above(rowsAPage),
    Home: () => 0,
    End: () => n - 1,
  }
  return leads[key]?.() ?? null
}
