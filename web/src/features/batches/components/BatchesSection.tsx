import { useSession } from '@/features/account/hooks/useSession'
import { Section } from '@/features/settings/components/Section'
import { useDocumentTitle } from '@/ui/documentTitle'
import { BatchList } from './BatchList'
import { FileList } from './FileList'
import { StartBatch } from './StartBatch'

/** What programs, or the person here, gave the API to do within a day; everybody sees their own. */
export function BatchesSection() {
  const { workspace } = useSession()
  useDocumentTitle('Batches')
  if (workspace === null) return null
  if (workspace.role === 'viewer') {
    return <Section title="Batches"><p className="text-sm text-soft">Viewers of {workspace.name} do not use its API. Ask an owner or admin to make you a member.</p></Section>
  }
  return (
    <>
      <Section title="A new batch" about="Many calls from one file, answered within a day, after everything that somebody waits for. Each line of the file is a call.">
        <StartBatch workspace={workspace.id} />
      </Section>
      <Section title="Batches" about="Your own in this workspace, begun here or by your programs."><BatchList workspace={workspace.id} /></Section>
      <Section title="Files" about="What you or your programs uploaded, and what batches wrote. Each is kept for 30 days."><FileList workspace={workspace.id} /></Section>
    </>
  )
}
