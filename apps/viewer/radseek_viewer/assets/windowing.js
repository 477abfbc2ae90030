// Modality values -> grey, by the formulas of DICOM PS3.3 C.11.2.1.2 (LINEAR), C.11.2.1.3.1 (SIGMOID), C.11.2.1.3.2 (LINEAR_EXACT).

const N_CODES = 65536 // every value a 16-bit frame can hold

// Display value 0..1 of a modality value.
export function displayValue(value, { center, width, function: kind = "LINEAR" }) {
  if (kind === "SIGMOID") return 1 / (1 + Math.exp((-4 * (value - center)) / width))
  if (kind === "LINEAR_EXACT") return clamp((value - center) / width + 0.5)
  if (width <= 1) return value <= center - 0.5 ? 0 : 1
  return clamp((value - (center - 0.5)) / (width - 1) + 0.5)
}

const clamp = (value) => Math.min(1, Math.max(0, value))

// Uint32Array of N_CODES opaque grey pixels (ABGR, as canvas bytes lie in memory on little-endian machines).
export function buildGreyTable(frame, window, inverted, table = new Uint32Array(N_CODES)) {
  const offset = frame.signed ? N_CODES / 2 : 0
  const flip = Boolean(frame.inverted) !== Boolean(inverted)
  for (let code = 0; code < N_CODES; code++) {
    const shown = displayValue((code - offset) * frame.slope + frame.intercept, window)
    const grey = Math.round(255 * (flip ? 1 - shown : shown))
    table[code] = 0xff000000 | (grey << 16) | (grey << 8) | grey
  }
  return table
}

// Fills `pixels` (Uint32Array, rows * cols) with the frame's greys.
export function paintGreys(frame, table, pixels) {
  const { codes } = frame
  const offset = frame.signed ? N_CODES / 2 : 0
  for (let i = 0; i < codes.length; i++) pixels[i] = table[codes[i] + offset]
  return pixels
}
