// Scales, ticks and numbers of plots.

// A function from values to pixels; values outside are drawn at the edge.
export function linear([low, high], [start, end]) {
  return (value) => start + (Math.min(high, Math.max(low, value)) - low) / (high - low || 1) * (end - start)
}

export function logarithmic([low, high], range) {
  const place = linear([Math.log(low), Math.log(high)], range)
  return (value) => place(Math.log(value))
}

// Four to nine round values.
export function evenTicks([low, high]) {
  if (!(high > low)) return [low]
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((one) => one >= rough * 0.999)
  const ticks = []
  for (let n = Math.ceil(low / step - 1e-9); n <= Math.floor(high / step + 1e-9); n++) ticks.push(n * step)
  return ticks
}

export function logTicks([low, high]) {
  const ticks = []
  for (let power = 0; power < 7; power++) {
    for (const base of [1, 2, 5]) {
      const tick = base * 10 ** power
      if (tick >= low && tick <= high) ticks.push(tick)
    }
  }
  return ticks
}

export function tickText(value) {
  return String(Number(value.toPrecision(3)))
}

const measuring = document.createElement("canvas").getContext("2d")

export function textWidth(text, font) {
  measuring.font = font
  return measuring.measureText(text).width
}

// The text, or its beginning with an ellipsis where it is too wide.
export function fitted(text, width, font) {
  if (textWidth(text, font) <= width) return text
  let kept = text.length
  while (kept > 1 && textWidth(`${text.slice(0, kept)}…`, font) > width) kept -= 1
  return `${text.slice(0, kept).trimEnd()}…`
}
