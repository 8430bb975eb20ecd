import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useSession } from '@/features/account/hooks/useSession'
import { Row, Rows } from '@/features/settings/components/Rows'
import { Section } from '@/features/settings/components/Section'
import { Icon } from '@/ui/Icon'
import { useDocumentTitle } from '@/ui/documentTitle'
import { basesQuery } from '../api/knowledge'
import { NewBase } from './NewBase'

/** The workspace's knowledge bases, and a new one. */
export function KnowledgePage() {
  const query = useQuery(basesQuery)
  const { workspace } = useSession()
  const mayWrite = workspace !== null && workspace.role !== 'viewer'
  const mayEvaluate = workspace?.role === 'owner' || workspace?.role === 'admin'
  useDocumentTitle('Knowledge')
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto max-w-3xl px-5 pt-4 pb-16">
        <h1 className="font-serif text-3xl font-semibold tracking-tight">Knowledge</h1>
        <p className="mt-1 max-w-prose text-soft">Documents that answers may look into. Choose them beside the place where you type; each answer shows the passages that it was given.</p>
        {mayEvaluate && <p className="mt-2 text-sm"><Link to="/evaluations" className="text-soft underline underline-offset-4 hover:text-ink">How well do they answer? Evaluate them.</Link></p>}
        {mayWrite && <NewBase />}
        <Section title="Knowledge bases">
          <Rows label="Knowledge bases" query={query} empty={mayWrite ? 'There are none yet. Make one, then add documents to it.' : 'There are none yet.'}>
            {(query.data?.data ?? []).map((base) => (
              <Row key={base.id}>
                <Icon name="book" />
                <div className="min-w-0 flex-1">
                  <Link to="/knowledge/$knowledgeBaseId" params={{ knowledgeBaseId: base.id }} dir="auto" title={base.name} className="block truncate text-left text-sm font-medium underline-offset-4 hover:underline">{base.name}</Link>
                  <p className="truncate text-xs text-faint">{base.documents === 1 ? '1 document' : `${String(base.documents)} documents`} · {base.visibility === 'private' ? 'only you' : 'the whole workspace'}</p>
                </div>
              </Row>
            ))}
          </Rows>
        </Section>
      </div>
    </div>
  )
}
