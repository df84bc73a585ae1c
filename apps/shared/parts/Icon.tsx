/** Drawn here, 24 x 24, strokes only; always beside a word or named by its button. */
const paths = {
  shield: "M12 3l7 3v5.5c0 4.2-2.9 7.6-7 9.5-4.1-1.9-7-5.3-7-9.5V6zM12 8.5v6M9 11.5h6",
  record: "M7 3.5h7l4 4V20a.5.5 0 01-.5.5h-10A1.5 1.5 0 016 19V4.5a1 1 0 011-1zM14 3.5V8h4M9 12h6M9 16h6",
  card: "M3.5 6.5A1.5 1.5 0 015 5h14a1.5 1.5 0 011.5 1.5v11A1.5 1.5 0 0119 19H5a1.5 1.5 0 01-1.5-1.5zM7 9h4v4H7zM14 9.5h3M14 12.5h3M7 16h10",
  access:
    "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 110 5.6 2.8 2.8 0 010-5.6z",
  review: "M5 4.5h14v11h-8l-4.5 4v-4H5zM9 10l2 2 4-4",
  more: "M5 7h14M5 12h14M5 17h14",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8a2.2 2.2 0 110 4.4 2.2 2.2 0 010-4.4zM9 14.8a2.2 2.2 0 110 4.4 2.2 2.2 0 010-4.4z",
  scan: "M4 8V5a1 1 0 011-1h3M16 4h3a1 1 0 011 1v3M20 16v3a1 1 0 01-1 1h-3M8 20H5a1 1 0 01-1-1v-3M4 12h16",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 8.5h.01",
  chart: "M4 4v16h16M7 15l4-5 3 3 5-7",
  add: "M12 5v14M5 12h14",
  person: "M12 4a4 4 0 110 8 4 4 0 010-8zM4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6",
  lock: "M6 10.5h12V20H6zM8.5 10.5V8a3.5 3.5 0 017 0v2.5",
} as const

export type IconName = keyof typeof paths

export const Icon = ({ name, size = 24 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
)
