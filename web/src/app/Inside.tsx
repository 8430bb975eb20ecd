import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { OfflineBanner } from '@/features/connection/components/OfflineBanner'
import { SearchDialog } from '@/features/conversations/components/SearchDialog'
import { Sidebar } from '@/features/conversations/components/Sidebar'
import { useFreshTitles } from '@/features/conversations/hooks/useFreshTitles'
import { ShortcutsDialog } from '@/features/shortcuts/components/ShortcutsDialog'
import { closeShortcuts, useShortcuts, useShortcutsOpen } from '@/features/shortcuts/hooks/useShortcuts'
import { Toaster } from '@/ui/Toaster'
import { Drawer } from './Drawer'
import { TopBar } from './TopBar'
import { useListShown } from './useListShown'

/** The frame around everything a signed-in person does: the list at the side (a drawer on a phone), and the page. */
export function Inside() {
  const [searching, setSearching] = useState(false)
  const [drawer, setDrawer] = useState(false)
  const [listShown, showList] = useListShown()
  const shortcutsOpen = useShortcutsOpen()
  const navigate = useNavigate()
  const path = useRouterState({ select: (state) => state.location.pathname })
  useFreshTitles()

  const search = useCallback(() => {
    setDrawer(false)
    setSearching(true)
  }, [])
  const newConversation = useCallback(() => void navigate({ to: '/' }), [navigate])
  const toggleList = useCallback(() => {
    if (matchMedia('(min-width: 48rem)').matches) showList(!listShown)
    else setDrawer((open) => !open)
  }, [listShown, showList])
  const closeDrawer = useCallback(() => { setDrawer(false) }, [])
  useShortcuts({ search, newConversation, toggleList })

  return (
    <div className="flex h-full flex-col">
      <a href="#main" className="sr-only z-50 rounded-lg bg-ink px-4 py-2 text-paper focus:not-sr-only focus:absolute focus:top-2 focus:left-2">Skip to the conversation</a>
      <OfflineBanner />
      <div className="flex min-h-0 flex-1">
        {listShown && (
          <aside aria-label="Conversations and account" className="hidden w-[17.5rem] shrink-0 border-r border-line bg-sunk md:block">
            <Sidebar onSearch={search} onLeave={closeDrawer} drawer={false} />
          </aside>
        )}
        <main id="main" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col outline-none">
          <TopBar onMenu={() => { setDrawer(true) }} onNew={newConversation} onToggleList={toggleList} listShown={listShown} path={path} />
          <Outlet />
        </main>
      </div>
      {drawer && <Drawer onClose={closeDrawer}><Sidebar onSearch={search} onLeave={closeDrawer} drawer /></Drawer>}
      {searching && <SearchDialog onClose={() => { setSearching(false) }} />}
      {shortcutsOpen && <ShortcutsDialog onClose={closeShortcuts} />}
      <Toaster />
    </div>
  )
}

