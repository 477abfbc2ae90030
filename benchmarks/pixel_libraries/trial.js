// What `pixel_libraries.py` asks of each contender, in the page. A contender's module has `open(root, stack)`, which promises
// { canvas, show(slice), load(slice), window({ center, width, function }), greys(), pixel() }: `show` and `window` promise that it is drawn, and
// `pixel` reads one of the shown pixels back, so that whatever was left to another process is done as well.

const modules = []
const opened = []

// Milliseconds until the module runs, and from then until the first slice can be read back.
export async function first({ module, key, ...stack }) {
  const began = performance.now()
  modules.push(await import(`/try/${module}.js`))
  const loaded = performance.now()
  opened.push(await another({ key, ...stack }))
  opened[0].pixel()
  return [loaded - began, performance.now() - loaded]
}

export async function another(stack) {
  const host = document.createElement("div")
  host.style.display = "inline-block"
  document.body.append(host)
  return modules[0].open(host.attachShadow({ mode: "open" }), stack)
}

export async function pair(stack) {
  opened.push(await another(stack))
}

export async function loadAll(n) {
  for (let slice = 0; slice < n; slice += 4) await Promise.all(opened.map((one) => range(slice, Math.min(n, slice + 4)).map((place) => one.load(place))).flat())
}

// Milliseconds of each step through `slices`, in all that are open.
export async function steps(slices) {
  const taken = []
  for (const slice of slices) taken.push(await timed(() => Promise.all(opened.map((one) => one.show(slice)))))
  return taken
}

export async function windows(widths) {
  const taken = []
  for (const width of widths) taken.push(await timed(() => opened[0].window({ center: 40, width, function: "LINEAR" })))
  return taken
}

// The greys of the first one in this window, one for each picture pixel at its true size, row by row.
export async function greys(window) {
  await opened[0].sharp?.()
  await opened[0].window(window)
  return opened[0].greys()
}

async function timed(act) {
  const began = performance.now()
  await act()
  for (const one of opened) one.pixel()
  return performance.now() - began
}

const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i)

// Where the canvas of the first one is on the page, after it took this tool of the library.
export function choose(tool) {
  opened[0].choose(tool)
  const { left, top } = opened[0].canvas.getBoundingClientRect()
  return { left, top }
}

export function measured() {
  return opened[0].measured()
}
