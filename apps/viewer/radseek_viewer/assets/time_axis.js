// Where things stand on a line of time: each as near to its own time as it can without touching its neighbours.

const UNITS = [[1, "day"], [7, "week"], [365.25 / 12, "month"], [365.25, "year"]] // length in days
const STEPS = [[1, 2, 5], [1, 2], [1, 3, 6], [1, 2, 5, 10, 20, 50]] // of each unit
const SCALES = UNITS.flatMap(([length, unit], i) => STEPS[i].map((step) => [step, length, unit]))
const TICK_PX = 120 // least distance between two

// Places at least `gap` apart between `low` and `high`, with the least sum of squared distances from the `wanted` ones,
// which ascend: neighbours that are too close share their mean (pool adjacent violators).
export function placeApart(wanted, gap, low, high) {
  const pools = []
  for (const [i, place] of wanted.entries()) {
    pools.push({ sum: place - i * gap, n: 1 })
    while (pools.length > 1 && mean(pools.at(-2)) > mean(pools.at(-1))) {
      const last = pools.pop()
      pools.at(-1).sum += last.sum
      pools.at(-1).n += last.n
    }
  }
  const highest = high - (wanted.length - 1) * gap
  const shifts = pools.flatMap((pool) => Array(pool.n).fill(Math.min(Math.max(mean(pool), low), highest)))
  return shifts.map((shift, i) => shift + i * gap)
}

const mean = ({ sum, n }) => sum / n

// Places in order where there are too many for their own times: the longer between two, the further apart, but never far.
export function placeInOrder(days, gap, widest) {
  const gaps = days.slice(1).map((day, i) => day - days[i])
  const longest = Math.max(1, ...gaps)
  const extras = gaps.map((days) => widest * (Math.log1p(days) / Math.log1p(longest)) ** 3)
  return extras.reduce((places, extra) => [...places, places.at(-1) + gap + extra], [gap / 2])
}

// Round distances from day 0 between the days `first` and `last`, drawn `px` wide: days and words of each.
export function ticks(first, last, px) {
  const least = ((last - first) * TICK_PX) / px
  const [step, length, unit] = SCALES.find(([n, days]) => n * days >= least) ?? SCALES.at(-1)
  const found = []
  for (let n = Math.ceil(first / (length * step)); n <= Math.floor(last / (length * step)); n++) {
    if (n) found.push({ days: n * step * length, words: `${counted(Math.abs(n * step), unit)} ${n < 0 ? "before" : "later"}` })
  }
  return found
}

// Such as `9 years`, of at least one day.
export function lengthWords(days) {
  const [length, unit] = UNITS.findLast(([length]) => days >= 2 * length) ?? UNITS[0]
  return counted(Math.round(days / length), unit)
}

const counted = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`
