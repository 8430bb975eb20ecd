import { useMutation, useQuery } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { PrivacyFinding } from '@/api/types'
import { Button } from '@/ui/Button'
import { toast } from '@/ui/toast'
import { findingsQuery, revealFinding } from '../api/settings'
import { ago } from './ago'
import { KIND_NAMES } from './kindNames'
import { Row, Rows } from './Rows'
import { Section } from './Section'

const LAYERS: Record<PrivacyFinding['layer'], string> = { pattern: 'known by its form', model: 'found by the language model' }

/** What was given a placeholder, newest first: everybody sees that, owners and admins may look at a value. */
export function FindingsSection({ workspace, mayReveal }: { workspace: string; mayReveal: boolean }) {
  const query = useQuery(findingsQuery(workspace))
  return (
    <Section title="What was found" about="The newest values that were hidden from models, by their placeholders. Looking at one is noted in the audit.">
      <Rows label="Findings so far" query={query} empty="Nothing was found so far.">
        {(query.data?.data ?? []).map((finding) => <FindingRow key={finding.id} workspace={workspace} finding={finding} mayReveal={mayReveal} />)}
      </Rows>
    </Section>
  )
}

function FindingRow({ workspace, finding, mayReveal }: { workspace: string; finding: PrivacyFinding; mayReveal: boolean }) {
  const look = useMutation({
    mutationFn: () => revealFinding(workspace, finding.id),
    onError: (error) => { toast(asProblem(error).detail) },
  })
  return (
    <Row>
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium wrap-anywhere whitespace-pre-line"><code>{finding.placeholder}</code>{look.data !== undefined && <> {look.data.value}</>}</p>
        <p className="text-sm text-faint">{KIND_NAMES[finding.kind] ?? finding.kind} · {LAYERS[finding.layer]} · {ago(finding.found_at)}</p>
      </div>
      {mayReveal && look.data === undefined && <Button busy={look.isPending} aria-label={`Show ${finding.placeholder}`} onClick={() => { look.mutate() }}>Show</Button>}
    </Row>
  )
}
