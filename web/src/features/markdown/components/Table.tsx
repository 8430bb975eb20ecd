import type { Tokens } from '../parse/lexer'
import { Inline } from './Inline'

/** A table that is wider than the page scrolls by itself, also by keyboard. */
export function Table({ table, dir }: { table: Tokens.Table; dir?: 'auto' | undefined }) {
  return (
    <div className="table-frame" role="region" aria-label="Table" tabIndex={0}>
      <table dir={dir}>
        <thead>
          <tr>
            {table.header.map((cell, column) => (
              <th key={column} scope="col" className={table.align[column] ?? undefined}><Inline tokens={cell.tokens} /></th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} className={table.align[column] ?? undefined}><Inline tokens={cell.tokens} /></td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
