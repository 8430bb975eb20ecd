import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { toast } from '@/ui/toast'
import { revokeSession, sessionsQuery } from '../api/settings'
import { ago } from './ago'
import { Row, Rows } from './Rows'

export function SessionList() {
  const query = useQuery(sessionsQuery)
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: revokeSession,
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  })
  return (
    <Rows label="Sessions" query={query} empty="There are no sessions.">
      {(query.data?.data ?? []).map((session) => (
        <Row key={session.id}>
          <div className="min-w-0 flex-1">
            <p className="truncate text-sm font-medium">{browserOf(session.user_agent)}</p>
            <p className="truncate text-xs text-faint">{session.address} · used {ago(session.last_used_at)}</p>
          </div>
          {session.current
            ? <span className="rounded-full bg-wash px-2.5 py-1 text-xs font-medium text-accent">This one</span>
            : <Button look="quiet" aria-label={`End the session of ${browserOf(session.user_agent)}`} onClick={() => { end.mutate(session.id) }}>End</Button>}
        </Row>
      ))}
    </Rows>
  )
}

/** A browser's long name for itself, in the words its user has for it. */
export function browserOf(agent: string): string {
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([sign = '']) => agent.includes(sign))?.[1]
  const system = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Mac OS', 'macOS'], ['Windows', 'Windows'], ['Linux', 'Linux']].find(([sign = '']) => agent.includes(sign))?.[1]
  if (browser === undefined) return agent === '' ? 'Unknown program' : agent.slice(0, 60)
  return system === undefined ? browser : `${browser} on ${system}`
}
