import { Link } from '@tanstack/react-router'
import type { EvaluationFigure, EvaluationRunDetails } from '@/api/types'
import { differenceOf, meaningOf, shown } from './figures'
import { moment } from './moment'

/** The figures of a run beside those of the run before; of other questions' figures no difference is made. */
export function FigureList({ run }: { run: EvaluationRunDetails }) {
  const { before } = run
  return (
    <>
      <ul aria-label="Figures" className="divide-y divide-line rounded-xl border border-line bg-raised">
        {run.figures.map((figure) => <FigureRow key={figure.name} figure={figure} same={before?.same === true} />)}
      </ul>
      {before !== null && (
        <p className="mt-3 text-sm text-faint">
          Before: the run of <Link to="/evaluations/$setId/runs/$runId" params={{ setId: run.set_id, runId: before.id }} className="underline underline-offset-4 hover:text-ink">{moment(before.started_at)}</Link>{before.model !== null && before.model !== run.model && `, answered by ${before.model}`}.
          {!before.same && ' The set was changed in between: its figures are of other questions or knowledge bases.'}
        </p>
      )}
    </>
  )
}

const LOOKS = { better: 'text-ink font-medium', worse: 'text-danger font-medium', same: 'text-faint' }

function FigureRow({ figure, same }: { figure: EvaluationFigure; same: boolean }) {
  const { name, about } = meaningOf(figure)
  const difference = same ? differenceOf(figure) : null
  return (
    <li className="flex items-center gap-4 px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium">{name}</p>
        <p className="text-xs text-faint">{about}</p>
      </div>
      <div className="shrink-0 text-right tabular-nums">
        <p className="font-serif text-xl font-semibold">{shown(figure.name, figure.value)}</p>
        {figure.before != null && difference?.kind !== 'same' && <p className="text-xs text-faint">before {shown(figure.name, figure.before)}</p>}
        {difference !== null && <p className={`text-xs ${LOOKS[difference.kind]}`}>{difference.words}</p>}
      </div>
    </li>
  )
}
