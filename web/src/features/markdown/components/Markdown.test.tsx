import { render, screen, waitFor } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { Markdown } from './Markdown'

describe('Markdown', () => {
  test('draws the usual furniture', () => {
    render(<Markdown text={'# Head\n\nSome **bold** and `code`.\n\n1. one\n2. two\n\n| a | b |\n|--|--:|\n| 1 | 2 |\n\n- [x] done'} />)
    expect(screen.getByRole('heading', { level: 3, name: 'Head' })).toBeTruthy()
    expect(screen.getByText('bold').tagName).toBe('STRONG')
    expect(screen.getByRole('columnheader', { name: 'b' }).className).toBe('right')
    expect(screen.getByRole<HTMLInputElement>('checkbox').checked).toBe(true)
  })

  test('shows HTML as text and makes none of it', () => {
    const { container } = render(<Markdown text={'<img src=x onerror=alert(1)>\n\n<script>alert(2)</script>\n\nhi <b onclick="x">there</b>'} />)
    expect(container.querySelector('img, script, b')).toBeNull()
    expect(container.textContent).toContain('onerror=alert(1)')
  })

  test('loads no picture and follows no script address', () => {
    const { container } = render(<Markdown text={'![cat](https://evil.example/p.png?q=secret) [click](javascript:alert(1)) [ok](https://example.org)'} />)
    expect(container.querySelector('img')).toBeNull()
    const links = screen.getAllByRole('link')
    expect(links.map((link) => link.getAttribute('href'))).toEqual(['https://evil.example/p.png?q=secret', 'https://example.org/'])
    expect(links[0]?.getAttribute('rel')).toBe('noopener noreferrer nofollow')
  })

  test('colours code when the highlighter has come, and keeps its text', async () => {
    const { container } = render(<Markdown text={'```python\ndef f():\n    return 1\n```'} />)
    await waitFor(() => { expect(container.querySelector('.hljs-keyword')?.textContent).toBe('def') }, { timeout: 5000 })
    expect(container.querySelector('code')?.textContent).toBe('def f():\n    return 1')
  })

  test('a formula becomes MathML and typeset text', async () => {
    const { container } = render(<Markdown text={'$$\nx^2\n$$'} />)
    await waitFor(() => { expect(container.querySelector('.katex')).not.toBeNull() }, { timeout: 5000 })
  })

  test('character references become characters', () => {
    const { container } = render(<Markdown text={'a &lt; b &amp; c &#8212; d &bogus;'} />)
    expect(container.textContent).toBe('a < b & c — d &bogus;')
  })
})
