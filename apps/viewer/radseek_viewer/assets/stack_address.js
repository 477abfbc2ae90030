// Where a person is in a study stands in the page's address: series, slice and window, as numbers. A copied address, or the
// page loaded anew, shows the same again. Streamlit reads addresses only when a page is loaded.
const SETTLED_MS = 400

// The study as the server sent it, beginning where the address says. What the address lacks or the study has not stays.
export function recalled(data) {
  const asked = parametersOf(data)
  if (!asked) return data
  const at = wholeNumber(asked.get("series"), data.series.length) ?? data.start_series
  const slice = wholeNumber(asked.get("slice"), data.series[at]?.n_slices ?? 0)
  const series = data.series.map((one, place) => (place === at && slice !== null ? { ...one, start_slice: slice } : one))
  const without = { series: data.start_series, slices: data.series.map((one) => one.start_slice) }
  return { ...data, series, start_series: at, start_window: windowOf(asked.get("window")), without }
}

// Returns what is to be called when a person did something; the address follows once nothing has happened for a moment.
export function followed(viewer) {
  let waiting
  return () => {
    clearTimeout(waiting)
    waiting = setTimeout(() => write(viewer), SETTLED_MS)
  }
}

function write(viewer) {
  const asked = viewer.canvas.isConnected && parametersOf(viewer.data)
  if (!asked) return
  const { window } = viewer.viewport
  const { index, slice } = viewer.place
  const { without } = viewer.data // where the study begins when the address names no place
  const first = viewer.firstWindow
  put(asked, "series", index === without.series ? null : index + 1)
  put(asked, "slice", slice === without.slices[index] ? null : slice + 1)
  const isFirst = !first || !window || (first.center === window.center && first.width === window.width)
  put(asked, "window", isFirst ? null : `${short(window.center)}~${short(window.width)}`)
  history.replaceState(history.state, "", `${location.pathname}?${asked}`)
}

function parametersOf(data) {
  const asked = new URLSearchParams(location.search)
  return asked.get("study") === data.study_key ? asked : null
}

const put = (asked, name, value) => (value === null ? asked.delete(name) : asked.set(name, String(value)))

const short = (value) => Number(value.toPrecision(6))

// From 1 in an address, from 0 here; null where it is none of so many.
function wholeNumber(text, count) {
  return /^[1-9]\d{0,5}$/.test(text ?? "") && Number(text) <= count ? Number(text) - 1 : null
}

function windowOf(text) {
  const [center, width] = (text ?? "").split("~").map((part) => (part === "" ? NaN : Number(part)))
  return Number.isFinite(center) && Number.isFinite(width) && width > 0 ? { center, width } : null
}
