import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { problemOf } from '../../api/problem.ts';
import { useAct, useOperation } from '../../api/queries.ts';
import { Button, buttonClass } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Confirm, Dialog, DialogActions } from '../../design/dialog.tsx';
import { TextField } from '../../design/field.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded, Refusal } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { useManages } from '../members/use-manages.ts';

type Project = Operations['account.listProjects']['answers']['items'][number];
type Asked = { readonly act: 'make' } | { readonly act: 'rename' | 'delete'; readonly project: Project };

/** Projects, which keep keys apart. */
export function ProjectsScreen() {
  const [asked, setAsked] = useState<Asked | undefined>();
  const projects = useOperation('account.listProjects', { query: { limit: 100 } });
  const acts = useManages();
  const close = (): void => setAsked(undefined);
  const columns: readonly Column<Project>[] = [
    { name: 'Project', sortBy: ({ name }) => name, cell: ({ name }) => <span className="font-medium">{name}</span> },
    { name: 'Id', cell: ({ id }) => <CopyId id={id} label="project id" /> },
    { name: 'Made', sortBy: ({ created_at: at }) => at, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      name: 'Acts',
      unnamed: true,
      cell: (project) => (
        <div className="flex flex-wrap justify-end gap-1.5">
          <Link
            to="/keys"
            search={(now) => ({ ...now, project: project.id })}
            className={buttonClass('secondary', true)}
          >
            Keys
          </Link>
          {acts ? (
            <>
              <Button small onClick={() => setAsked({ act: 'rename', project })} aria-label={`Rename ${project.name}`}>
                Rename
              </Button>
              <Button
                small
                look="risky"
                onClick={() => setAsked({ act: 'delete', project })}
                aria-label={`Delete ${project.name}`}
              >
                Delete
              </Button>
            </>
          ) : null}
        </div>
      ),
    },
  ];
  return (
    <Page
      title="Projects"
      about="Keys belong to projects, and usage can be looked at by project. Deleting one ends its keys."
      actions={
        acts ? (
          <Button look="primary" onClick={() => setAsked({ act: 'make' })}>
            New project
          </Button>
        ) : undefined
      }
    >
      <Card flush>
        <Loaded query={projects}>
          {({ items }) => (
            <DataTable
              caption="Projects, oldest first"
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
              empty={<Empty title="No projects">Make one to put keys into.</Empty>}
            />
          )}
        </Loaded>
      </Card>
      {asked?.act === 'make' ? <NameProject onClose={close} /> : null}
      {asked?.act === 'rename' ? <NameProject project={asked.project} onClose={close} /> : null}
      {asked?.act === 'delete' ? <DeleteProject project={asked.project} onClose={close} /> : null}
    </Page>
  );
}

function NameProject({ project, onClose }: { readonly project?: Project; readonly onClose: () => void }) {
  const [name, setName] = useState(project?.name ?? '');
  const make = useAct('account.createProject', { done: 'The project is there.', onDone: onClose, quiet: true });
  const rename = useAct('account.updateProject', { done: 'The project is renamed.', onDone: onClose, quiet: true });
  const act = project === undefined ? make : rename;
  return (
    <Dialog open onClose={onClose} title={project === undefined ? 'New project' : `Rename ${project.name}`}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (project === undefined) make.mutate({ body: { name } });
          else rename.mutate({ params: { id: project.id }, body: { name } });
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={120}
          value={name}
          onChange={({ target: { value } }) => setName(value)}
          error={problemOf(act.error).fields['name']}
        />
        <Refusal error={act.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={act.isPending}>
            {project === undefined ? 'Make the project' : 'Rename'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function DeleteProject({ project, onClose }: { readonly project: Project; readonly onClose: () => void }) {
  const remove = useAct('account.deleteProject', { done: `${project.name} is deleted.`, onDone: onClose, quiet: true });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Delete ${project.name}?`}
      about="Its keys stop working within a second. The usage that they made stays in the sums."
      act="Delete"
      typed={project.name}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { id: project.id } })}
    />
  );
}
