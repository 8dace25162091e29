/** What of the queue is shown, and in which order. */
import { type ReactNode, useId } from 'react';
import { type Filter, NO_FILTER, type Sort } from '../model/queue.ts';
import { KIND_WORDS, spaced } from '../model/words.ts';
import { Button } from '../ui/button.tsx';

export interface QueueFiltersProps {
  readonly filter: Filter;
  readonly sort: Sort;
  readonly sorts: readonly Sort[];
  readonly onFilter: (filter: Filter) => void;
  readonly onSort: (sort: Sort) => void;
  readonly tiers: readonly string[];
  readonly agents: readonly string[];
}

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  deadline: 'deadline first',
  impact: 'impact first',
  oldest: 'oldest first',
  newest: 'newest first',
};

type Option = readonly [value: string, words: string];

export function QueueFilters(props: QueueFiltersProps): ReactNode {
  const { filter, sort, sorts, onFilter, onSort, tiers, agents } = props;
  const set = (changes: Partial<Filter>): void => onFilter({ ...filter, ...changes });
  const isFiltered = Object.values(filter).some((value) => value !== '');
  return (
    <search className="filters">
      <input
        id="search"
        type="search"
        aria-label="Search"
        aria-keyshortcuts="/"
        placeholder="Search: words, ids, fingerprint"
        value={filter.search}
        onChange={({ target }) => set({ search: target.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' && event.key !== 'Enter') return;
          // Back to the list, with what was searched for: a browser's own Escape would empty the field.
          event.preventDefault();
          event.currentTarget.blur();
        }}
      />
      <Choice
        label="Tier"
        value={filter.tier}
        onChange={(tier) => set({ tier })}
        options={tiers.map((tier) => [tier, spaced(tier)])}
      />
      <Choice
        label="Impact"
        value={filter.impact}
        onChange={(impact) => set({ impact })}
        options={['high', 'medium', 'low'].map((impact) => [impact, impact])}
      />
      <Choice
        label="Kind"
        value={filter.kind}
        onChange={(kind) => set({ kind })}
        options={Object.entries(KIND_WORDS)}
      />
      <Choice
        label="Agent"
        value={filter.agent}
        onChange={(agent) => set({ agent })}
        options={agents.map((agent) => [agent, agent])}
      />
      <Choice
        label="Claimed"
        value={filter.claimed}
        onChange={(claimed) => set({ claimed })}
        options={[
          ['nobody', 'by nobody'],
          ['me', 'by me'],
          ['others', 'by others'],
        ]}
      />
      <Choice
        label="Order"
        value={sort}
        isPlain
        onChange={(next) => onSort(next as Sort)}
        options={sorts.map((one) => [one, SORT_WORDS[one]])}
      />
      {isFiltered ? (
        <Button look="quiet" onPress={() => onFilter(NO_FILTER)}>
          Clear filters
        </Button>
      ) : null}
    </search>
  );
}

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
  /** Without the choice of all. */
  readonly isPlain?: boolean;
}

export function Choice({
  label,
  value,
  options,
  onChange,
  isPlain = false,
}: ChoiceProps): ReactNode {
  const id = useId();
  return (
    <span className="choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        {isPlain ? null : <option value="">all</option>}
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </span>
  );
}
