// Which places of an answer are selected, and how ranges of them grow and shrink. Knows no page.

export class Selection {
  constructor(n) {
    this.n = n
    this.places = new Set()
    this.anchor = null // where a range begins
    this.before = new Set() // what was selected when it began
  }

  get size() {
    return this.places.size
  }

  has(place) {
    return this.places.has(place)
  }

  sorted() {
    return [...this.places].sort((one, other) => one - other)
  }

  toggle(place) {
    if (!this.places.delete(place)) this.places.add(place)
    this.begin(place)
  }

  // A range begins here; what is selected stays so, however the range changes.
  begin(place) {
    this.anchor = place
    this.before = new Set(this.places)
  }

  // The range from where it began, or from `from`, to `place`.
  extend(from, place) {
    if (this.anchor === null) this.begin(from)
    this.places = new Set(this.before)
    const [first, last] = [Math.min(this.anchor, place), Math.max(this.anchor, place)]
    for (let at = first; at <= last; at++) this.places.add(at)
  }

  // The next range begins where it is then told to.
  rest() {
    this.anchor = null
  }

  all() {
    this.places = new Set(Array.from({ length: this.n }, (_, place) => place))
    this.rest()
  }

  clear() {
    this.places.clear()
    this.rest()
  }
}
