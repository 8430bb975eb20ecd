import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Privacy, PrivacyAction, PrivacyChange } from '@/api/types'
import { useSession } from '@/features/account/hooks/useSession'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { useDocumentTitle } from '@/ui/documentTitle'
import { toast } from '@/ui/toast'
import { changePrivacy, privacyQuery, tryPrivacy } from '../api/settings'
import { FindingsSection } from './FindingsSection'
import { KIND_NAMES } from './kindNames'
import { Row, Rows } from './Rows'
import { Section } from './Section'

const ACTIONS: Record<PrivacyAction, string> = {
  redact: 'Hide, then restore', mask: 'Hide for good', block: 'Refuse to send', allow: 'Send as it is',
}

/** What is done with personal data before a model sees it: everybody may read it, owners and admins change it. */
export function PrivacySection() {
  const { workspace } = useSession()
  useDocumentTitle('Privacy')
  if (workspace === null) return null
  return <Settings workspace={workspace.id} mayChange={workspace.role === 'owner' || workspace.role === 'admin'} />
}

function Settings({ workspace, mayChange }: { workspace: string; mayChange: boolean }) {
  const query = useQuery(privacyQuery(workspace))
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (privacy: PrivacyChange) => changePrivacy(workspace, privacy),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: (privacy) => { client.setQueryData(privacyQuery(workspace).queryKey, privacy) },
  })
  const known = query.data
  return (
    <>
      <Section title="Personal data" about="What happens to it before a model sees a message, a document or a call of the API. What is hidden reaches the model as a placeholder such as [CARD_1]; what is restored stands in the answer again.">
        <Rows label="Kinds of personal data" query={query} empty="">
          {Object.entries(known?.kinds ?? {}).map(([kind, action]) => (
            <Row key={kind}>
              <label htmlFor={`privacy-${kind}`} className="min-w-0 flex-1 text-sm font-medium">{KIND_NAMES[kind] ?? kind}</label>
              <select
                id={`privacy-${kind}`}
                value={action}
                disabled={!mayChange || change.isPending}
                onChange={(event) => { if (known !== undefined) change.mutate({ allow_list: known.allow_list, kinds: { ...known.kinds, [kind]: event.target.value as PrivacyAction } }) }}
                className="h-10 max-w-[60%] rounded-lg border border-edge bg-raised px-2 text-sm"
              >
                {Object.entries(ACTIONS).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
              </select>
            </Row>
          ))}
        </Rows>
        {known?.names === 'missing' && <p className="mt-3 text-sm text-faint">The model that finds names is not on this machine: only names that are introduced are found.</p>}
        {!mayChange && <p className="mt-3 text-sm text-faint">Owners and admins change this.</p>}
      </Section>
      {known !== undefined && mayChange && <AllowList key={known.allow_list.join('\n')} known={known} busy={change.isPending} onKeep={change.mutate} />}
      <TryIt workspace={workspace} />
      <FindingsSection workspace={workspace} mayReveal={mayChange} />
    </>
  )
}

function AllowList({ known, busy, onKeep }: { known: Privacy; busy: boolean; onKeep: (privacy: PrivacyChange) => void }) {
  const [text, setText] = useState(known.allow_list.join('\n'))
  const values = text.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  return (
    <Section title="Never personal" about="Values that go as they are, one a line: your own support address, a switchboard's number.">
      <textarea aria-label="Values that are never personal" rows={4} value={text} onChange={(event) => { setText(event.target.value) }} className="block w-full max-w-lg rounded-lg border border-edge bg-raised px-3.5 py-2.5 text-base outline-none focus:border-accent focus:ring-2 focus:ring-accent/25" />
      <Button className="mt-3" busy={busy} disabled={values.join('\n') === known.allow_list.join('\n')} onClick={() => { onKeep({ kinds: known.kinds, allow_list: values }) }}>Save</Button>
    </Section>
  )
}

function TryIt({ workspace }: { workspace: string }) {
  const [text, setText] = useState('')
  const attempt = useMutation({ mutationFn: () => tryPrivacy(workspace, text) })
  const findings = attempt.data?.findings
  return (
    <Section title="Try it" about="What would be found in a text. Nothing of it is kept.">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          attempt.mutate()
        }}
      >
        <textarea aria-label="Text to try" rows={3} maxLength={20_000} required value={text} onChange={(event) => { setText(event.target.value) }} className="block w-full max-w-lg rounded-lg border border-edge bg-raised px-3.5 py-2.5 text-base outline-none focus:border-accent focus:ring-2 focus:ring-accent/25" />
        <Button type="submit" className="mt-3" busy={attempt.isPending} disabled={text.trim() === ''}>Look</Button>
      </form>
      {attempt.error !== null && <div className="mt-4 max-w-lg"><ProblemNote problem={asProblem(attempt.error)} /></div>}
      {findings !== undefined && (
        <ul aria-label="Findings" className="mt-4 flex flex-col gap-1.5 text-sm">
          {findings.length === 0 && <li className="text-faint">Nothing was found.</li>}
          {findings.map((finding) => (
            <li key={finding.start}><code>{[...text].slice(finding.start, finding.end).join('')}</code> <span className="text-soft">· {KIND_NAMES[finding.kind] ?? finding.kind} · {ACTIONS[finding.action]}</span></li>
          ))}
        </ul>
      )}
    </Section>
  )
}
