const SUGGESTIONS = [
  { title: 'Explain something to me', ask: 'Explain how vaccines train the immune system, to a curious twelve-year-old.' },
  { title: 'Think a choice through', ask: 'Help me think through whether to rent or to buy a home. Ask me what you need to know, one question at a time.' },
  { title: 'Write with me', ask: 'Help me write a short, warm note of thanks to a colleague who covered for me. Give me three versions in different tones.' },
  { title: 'Solve it in code', ask: 'Write a Python function that finds the longest palindrome in a string, and explain how fast it is.' },
]

/** Ways to begin, set like a café's short menu. */
export function Suggestions({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <ul aria-label="Ways to begin" className="grid gap-x-8 px-3 sm:grid-cols-2">
      {SUGGESTIONS.map(({ title, ask }, index) => (
        <li key={title} className={`border-t border-line ${index > 1 ? 'hidden sm:block' : ''}`}>
          <button type="button" onClick={() => { onChoose(ask) }} className="group w-full py-3 text-left">
            <span className="block text-sm font-medium group-hover:text-accent">{title}</span>
            <span className="line-clamp-1 text-sm text-faint">{ask}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
