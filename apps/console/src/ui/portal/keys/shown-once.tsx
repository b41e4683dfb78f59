import { useState } from 'react';
import { Button } from '../../design/button.tsx';
import { Code } from '../../design/copy.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { CheckField } from '../../design/field.tsx';

/** A key, this once: it is kept nowhere in readable form, so nobody can show it again. */
export function ShownOnce({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  const [stored, setStored] = useState(false);
  return (
    <Dialog
      open
      onClose={() => (stored ? onClose() : undefined)}
      title="Store this key now"
      about="It is shown this once. Whoever has it can use your credits: keep it where secrets are kept."
    >
      <Code text={secret} label="API key" />
      <CheckField
        label="I have stored it"
        checked={stored}
        onChange={({ target: { checked } }) => setStored(checked)}
      />
      <DialogActions>
        <Button look="primary" disabled={!stored} onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}
