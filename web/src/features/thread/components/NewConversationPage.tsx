import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useSession } from '@/features/account/hooks/useSession'
import { useAttachments } from '@/features/attachments/hooks/useAttachments'
import { Composer } from '@/features/composer/components/Composer'
import { ViewersNote } from '@/features/composer/components/ViewersNote'
import { useModel } from '@/features/composer/hooks/useModel'
import { KnowledgeChoice } from '@/features/knowledge/components/KnowledgeChoice'
import { useDocumentTitle } from '@/ui/documentTitle'
import { newThread } from '../hooks/threads'
import { uuid7 } from '../stream/uuid7'
import { Suggestions } from './Suggestions'

/** An empty table: a greeting, a few ways to begin, and the place to type. `knowledge`: the base that is asked. */
export function NewConversationPage({ knowledge }: { knowledge: string | undefined }) {
  const { user, workspace } = useSession()
  const { model } = useModel()
  const [conversationId] = useState(uuid7)
  const [chosen, choose] = useState<readonly string[]>(knowledge === undefined ? [] : [knowledge])
  const files = useAttachments(chosen, choose)
  const navigate = useNavigate()
  useDocumentTitle('New conversation')

  const begin = (text: string) => {
    newThread(conversationId).ask(text, model?.id ?? null, chosen)
    void navigate({ to: '/c/$conversationId', params: { conversationId } })
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <div className="mx-auto flex w-full max-w-[46.5rem] flex-1 flex-col justify-end px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:justify-center md:pb-[14dvh]">
        <div className="flex flex-1 flex-col justify-center px-3 pt-6 md:flex-none md:pt-0">
          <h1 className="font-serif text-[1.9rem] leading-tight font-semibold tracking-tight text-balance md:text-[2.5rem]">
            {greeting(new Date().getHours())}, {firstName(user.name)}.
          </h1>
          <p className="mt-1.5 mb-7 font-serif text-lg text-soft italic md:text-xl">What shall we talk about?</p>
        </div>
        <div className="flex flex-col-reverse gap-6 md:flex-col">
          {workspace?.role === 'viewer' ? <ViewersNote workspace={workspace.name} /> : <Composer place="new" answering={false} stopping={false} onSend={begin} onStop={() => undefined} files={files} knowledge={<KnowledgeChoice chosen={chosen} onChoose={choose} />} />}
          {chosen.length === 0 && workspace?.role !== 'viewer' && <Suggestions onChoose={begin} />}
        </div>
      </div>
    </div>
  )
}

export function greeting(hour: number): string {
  if (hour < 5) return 'Still up'
  if (hour < 12) return 'Good morning'
  return hour < 18 ? 'Good afternoon' : 'Good evening'
}

function firstName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name
}
