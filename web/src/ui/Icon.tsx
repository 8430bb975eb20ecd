/** Line drawings of one weight, on a 20-unit square. Decoration only: the control that holds one has its own name. */
const DRAWINGS = {
  plus: 'M10 4v12M4 10h12',
  search: 'M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12Zm4.4-1.6L17 17',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h9',
  close: 'm5 5 10 10M15 5 5 15',
  send: 'M10 16V4.5M5 9l5-5 5 5',
  stop: 'M6 6h8v8H6Z',
  copy: 'M7.5 7.5h8v9h-8Zm-3 5v-9h8',
  check: 'm4 10.5 4 4 8-9',
  edit: 'm4 16 .8-3.3L13 4.5l2.5 2.5-8.2 8.2ZM11.4 6.1l2.5 2.5',
  again: 'M15.5 8A6 6 0 1 0 16 11m0-7v4h-4',
  left: 'm12 5-5 5 5 5',
  right: 'm8 5 5 5-5 5',
  down: 'm5 8 5 5 5-5',
  toBottom: 'M10 4v11.5M5 11l5 5 5-5',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  trash: 'M4 6h12M8 6V3.5h4V6m-6.5 0 .7 10.5h7.6L14.500 6',
  person: 'M10 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 17c.6-3 3-4.500 6-4.500s5.400 1.500 6 4.500',
  key: 'M7 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM9.500 10.500 16.500 3.500M13.500 6.500l2.500 2.500',
  people: 'M7.500 9.500a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400ZM2.500 16c.4-2.600 2.400-4 5-4s4.600 1.400 5 4M13 4.300a2.700 2.700 0 0 1 0 5M14.500 12.300c1.700.5 2.800 1.800 3 3.700',
  signOut: 'M8 3.500H4v13h4M8.500 10h8m-3-3.500 3.500 3.500-3.500 3.500',
  sun: 'M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM10 2v1.500m0 13V18M2 10h1.500m13 0H18M4.300 4.300l1.100 1.100m9.200 9.200 1.100 1.100m0-11.400-1.100 1.100m-9.200 9.200-1.100 1.100',
  moon: 'M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300Z',
  screen: 'M3 4h14v9.500H3ZM7 17h6m-3-3.500V17',
  keyboard: 'M2.500 5.500h15v9h-15Zm3 3h.01M8.500 8.500h.01m3 0h.01m3 0h.01M6.500 11.500h7',
  warning: 'M10 3.500 17.500 16.500h-15ZM10 8.500v3.500m0 2.200v.1',
  book: 'M10 5.500C8.500 4.300 6.300 3.800 3.500 4v11.500c2.800-.2 5 .3 6.500 1.500m0-11.500c1.500-1.200 3.700-1.700 6.500-1.500v11.500c-2.800-.2-5 .3-6.500 1.500m0-11.500V17',
  download: 'M10 4v9m0 0 4-4m-4 4-4-4M4 13v3.500h12V13',
  stack: 'm10 3 7 3.500-7 3.500-7-3.500Zm-7 7 7 3.500 7-3.500M3 13.500l7 3.500 7-3.500',
  upload: 'M10 13V4m0 0L6 8m4-4 4 4M4 13v3.500h12V13',
  page: 'M5.500 3h6l3.500 3.500V17h-9.500ZM11 3v4h4',
  shield: 'M10 2.500 16 5v4.500c0 3.500-2.400 6.300-6 8-3.600-1.700-6-4.500-6-8V5Z',
  table: 'M3 5h14M3 10h14M3 15h14',
  clip: 'm15.500 9.200-6 6a3.300 3.300 0 0 1-4.700-4.700l6.500-6.500a2.200 2.200 0 0 1 3.100 3.100l-6.400 6.400a1.100 1.100 0 0 1-1.600-1.500l5.700-5.700',
  why: 'M7.3 7.6a2.700 2.700 0 1 1 3.900 2.400c-.8.4-1.200.9-1.200 1.700v.4m0 2.500v.1M10 17.500a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15Z',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-8v4.500m0-7v.1',
} as const

export type IconName = keyof typeof DRAWINGS

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2.4 : 1.5} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false" className="shrink-0">
      <path d={DRAWINGS[name]} fill={name === 'stop' ? 'currentColor' : 'none'} />
    </svg>
  )
}
