import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Fragment, type KeyboardEvent, useDeferredValue, useEffect, useId, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { SearchHit } from '@/api/types'
import { Dialog } from '@/ui/Dialog'
import { Icon } from '@/ui/Icon'
import { searchQuery } from '../api/conversations'
import { useConversations } from '../hooks/useConversations'

interface Found {
  key: string
  id: string
  title: string
  hit: SearchHit | null
}

const PAUSE = 180

/** Ctrl+K: titles at once, and everything that was said as the server finds it. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const asked = usePaused(words.trim())
  const { conversations } = useConversations()
  const search = useQuery(searchQuery(asked))
  const navigate = useNavigate()
  const listId = useId()
  const needle = useDeferredValue(words.trim().toLowerCase())

  const titles: Found[] = conversations
    .filter((one) => one.title.toLowerCase().includes(needle))
    .slice(0, needle === '' ? 8 : 5)
    .map((one) => ({ key: one.id, id: one.id, title: one.title, hit: null }))
  const said: Found[] = needle.length < 2 ? [] : (search.data?.data ?? []).map((hit) => ({
    key: `${hit.conversation.id}/${hit.message_id ?? ''}`,
    id: hit.conversation.id,
    title: hit.conversation.title,
    hit,
  }))
  const found = [...titles, ...said]
  const searching = search.isFetching || (words.trim().length >= 2 && words.trim() !== asked)
  const chosen = Math.min(at, found.length - 1)

  const go = (one: Found | undefined) => {
    if (one === undefined) return
    onClose()
    const message = one.hit?.message_id ?? undefined
    void navigate({ to: '/c/$conversationId', params: { conversationId: one.id }, search: { message } })
  }
  const move = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') setAt((chosen + 1) % Math.max(1, found.length))
    else if (event.key === 'ArrowUp') setAt((chosen - 1 + found.length) % Math.max(1, found.length))
    else if (event.key === 'Enter') go(found[chosen])
    else return
    event.preventDefault()
  }

  return (
    <Dialog title="Search" hideTitle wide onClose={onClose}>
      <div className="flex items-center gap-3 border-b border-line px-5 text-soft">
        <Icon name="search" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[chosen] === undefined ? undefined : `${listId}-${String(chosen)}`}
          aria-label="Search conversations"
          placeholder="Search conversations"
          value={words}
          maxLength={200}
          onChange={(event) => {
            setWords(event.target.value)
            setAt(0)
          }}
          onKeyDown={move}
          className="h-14 flex-1 bg-transparent text-base text-ink outline-none"
        />
      </div>
      <ul id={listId} role="listbox" aria-label="Conversations found" className="p-2">
        {found.map((one, index) => (
          <li
            key={one.key}
            id={`${listId}-${String(index)}`}
            role="option"
            aria-selected={index === chosen}
            onPointerMove={() => { setAt(index) }}
            onClick={() => { go(one) }}
            className={`cursor-pointer rounded-lg px-3 py-2 ${index === chosen ? 'bg-hover' : ''}`}
          >
            <span className="block truncate text-sm font-medium">{one.title}</span>
            {one.hit?.message_id != null && <Snippet hit={one.hit} />}
          </li>
        ))}
      </ul>
      <p role="status" className="px-5 pb-4 text-sm text-faint empty:hidden">
        {search.error !== null ? asProblem(search.error).detail : searching ? 'Searching…' : found.length === 0 && needle !== '' ? 'Nothing found.' : ''}
      </p>
    </Dialog>
  )
}

/** The words around a hit, what matched set off. */
function Snippet({ hit: { snippet, highlights } }: { hit: SearchHit }) {
  return (
    <span className="line-clamp-2 text-sm text-soft">
      {highlights.map(({ start, end }, index) => (
        <Fragment key={start}>
          {snippet.slice(highlights[index - 1]?.end ?? 0, start)}
          <mark className="rounded-sm bg-wash text-ink">{snippet.slice(start, end)}</mark>
        </Fragment>
      ))}
      {snippet.slice(highlights[highlights.length - 1]?.end ?? 0)}
    </span>
  )
}

function usePaused(value: string): string {
  const [paused, setPaused] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => { setPaused(value) }, PAUSE)
    return () => { clearTimeout(timer) }
  }, [value])
  return paused
}
