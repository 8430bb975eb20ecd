import type { ReactNode } from 'react'
import { Mark } from '@/ui/Mark'

/** The door: what this place is, beside the form that lets one in. */
export function Welcome({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-full lg:grid-cols-[1.1fr_1fr]">
      <aside className="relative hidden flex-col justify-between overflow-hidden border-r border-line bg-sunk p-14 lg:flex">
        <p className="flex items-center gap-3 font-serif text-xl font-semibold">
          <Mark size={30} /> Tertulia
        </p>
        <Table />
        <dl className="relative -mt-24 max-w-md">
          <dt className="font-serif text-4xl leading-tight font-semibold tracking-tight text-balance">
            tertulia <span className="text-lg font-normal text-faint italic">noun, Spanish</span>
          </dt>
          <dd className="mt-5 font-serif text-xl leading-relaxed text-soft">
            A gathering of people who meet, again and again, at the same table, for the pleasure of conversation.
          </dd>
        </dl>
        <p className="relative max-w-sm text-sm text-soft"><span className="box-decoration-clone bg-sunk py-0.5">An answer once begun is never lost: reload, close the tab, lose the line, and it is there when you come back.</span></p>
      </aside>
      <main className="flex flex-col justify-center px-6 py-10">
        <div className="mx-auto w-full max-w-sm">
          <p className="mb-10 flex items-center gap-2.5 font-serif text-lg font-semibold lg:hidden">
            <Mark size={26} /> Tertulia
          </p>
          {children}
        </div>
      </main>
    </div>
  )
}

/** The sign of the house, drawn large in thin lines: a table, and people around it, one of whom is speaking. */
function Table() {
  return (
    <svg viewBox="0 0 32 32" fill="none" stroke="var(--edge)" strokeWidth="0.06" aria-hidden="true" className="pointer-events-none absolute -right-60 -bottom-60 size-[44rem] rotate-[-18deg]">
      {[5, 5.5, 8.2].map((radius) => <circle key={radius} cx="16" cy="16" r={radius} />)}
      <circle cx="16" cy="5.2" r="2.6" stroke="var(--accent)" />
      <circle cx="16" cy="5.2" r="0.5" fill="var(--accent)" stroke="none" />
      {[[26.3, 12.7], [22.3, 24.7], [9.7, 24.7], [5.7, 12.7]].map(([x, y]) => <circle key={x} cx={x} cy={y} r="2.6" />)}
    </svg>
  )
}
