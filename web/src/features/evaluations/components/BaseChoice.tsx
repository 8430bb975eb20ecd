import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import { basesQuery } from '@/features/knowledge/api/knowledge'
import { ProblemNote } from '@/ui/ProblemNote'

interface BaseChoiceProps {
  chosen: readonly string[]
  onChoose: (ids: readonly string[]) => void
}

/** Which knowledge bases are asked. One that was chosen and is not to be seen stays until it is unticked. */
export function BaseChoice({ chosen, onChoose }: BaseChoiceProps) {
  const { data, error, isPending } = useQuery(basesQuery)
  const bases = data?.data ?? []
  const unseen = data === undefined ? [] : chosen.filter((id) => !bases.some((base) => base.id === id))
  const offered = [...bases, ...unseen.map((id) => ({ id, name: 'One that is gone, or is somebody else’s' }))]
  return (
    <fieldset>
      <legend className="text-sm font-medium">Knowledge bases</legend>
      {isPending && <p role="status" className="mt-1.5 text-sm text-faint">Loading…</p>}
      {error !== null && <div className="mt-1.5"><ProblemNote problem={asProblem(error)} /></div>}
      {data !== undefined && offered.length === 0 && (
        <p className="mt-1.5 text-sm text-faint">There are none yet. <Link to="/knowledge" className="underline underline-offset-4">Make one and add documents</Link> first.</p>
      )}
      <div className="mt-1 flex flex-wrap gap-x-6">
        {offered.map(({ id, name }) => (
          <label key={id} className="flex min-h-10 min-w-0 items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={(event) => { onChoose(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id)) }}
              className="size-4 shrink-0 accent-accent"
            />
            <span className="min-w-0 wrap-anywhere">{name}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
