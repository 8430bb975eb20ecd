/** The sign of the house: five people around a table, one of whom is speaking. While an answer is made they take turns. */
const SEATS = [
  [16, 5.2],
  [26.3, 12.7],
  [22.3, 24.7],
  [9.7, 24.7],
  [5.7, 12.7],
] as const

export function Mark({ size = 22, speaking = false }: { size?: number; speaking?: boolean }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" className="shrink-0">
      <ellipse cx="16" cy="16" rx="5" ry="5" fill="none" stroke="var(--ink)" strokeWidth="2" />
      <g className={speaking ? 'speaking' : undefined}>
        {SEATS.map(([x, y], seat) => (
          <circle key={x} cx={x} cy={y} r={seat === 0 ? 3.2 : 2.6} fill={seat === 0 ? 'var(--accent)' : 'var(--ink)'} />
        ))}
      </g>
    </svg>
  )
}
