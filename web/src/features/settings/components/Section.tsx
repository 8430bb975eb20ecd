import { type ReactNode, useId } from 'react'

interface SectionProps {
  title: string
  about?: string
  children: ReactNode
}

export function Section({ title, about, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="mt-9">
      <h2 id={id} className="font-serif text-xl font-semibold">{title}</h2>
      {about !== undefined && <p className="mt-1 max-w-prose text-sm text-soft">{about}</p>}
      <div className="mt-4">{children}</div>
    </section>
  )
}
