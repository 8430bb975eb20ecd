import type { ErrorComponentProps } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { Mark } from '@/ui/Mark'
import { ProblemNote } from '@/ui/ProblemNote'

/** When the page cannot be shown at all: why, and what to do. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <main className="mx-auto flex h-full max-w-md flex-col justify-center gap-5 px-6">
      <Mark size={36} />
      <h1 className="font-serif text-3xl font-semibold">This page could not be opened</h1>
      <ProblemNote problem={asProblem(error)} />
      <div className="flex gap-3">
        <Button look="primary" onClick={() => { location.reload() }}>Reload</Button>
        <Button onClick={reset}>Try again</Button>
      </div>
    </main>
  )
}
