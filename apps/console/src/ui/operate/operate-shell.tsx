import { House, LayoutDashboard } from 'lucide-react';
import { useSignedIn } from '../api/session.ts';
import { Shell, type Place } from '../app/shell.tsx';
import { NotAnOperator } from './not-an-operator.tsx';

const PLACES: readonly (readonly Place[])[] = [
  [{ to: '/operate', name: 'Overview', icon: LayoutDashboard, exact: true }],
];
const PORTAL: Place = { to: '/', name: 'Portal', icon: House, exact: true };

/** The operators' frame. The gateway judges every call of theirs; this only spares others the sight of it. */
export function OperateShell() {
  const { me, parts } = useSignedIn();
  if (me.operator_role === null) return <NotAnOperator />;
  return <Shell part="Operate" places={PLACES} other={parts.includes('portal') ? PORTAL : undefined} />;
}
